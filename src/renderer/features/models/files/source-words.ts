import type { LocalModelSource } from '../../../../protocol/local-model-views.ts'

export const sourceTitles: Readonly<Record<LocalModelSource, string>> = {
  driad: 'Driad',
  'lm-studio': 'LM Studio',
  ollama: 'Ollama',
  'hugging-face': 'Hugging Face',
  'llama.cpp': 'llama.cpp',
  gpt4all: 'GPT4All',
  jan: 'Jan',
  folder: 'Your folder',
}
