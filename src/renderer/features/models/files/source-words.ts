import { t } from '../../../../locales/translate.ts'
import type { LocalModelSource } from '../../../../protocol/local-model-views.ts'

/** Programs go by the same name in every language. */
const programs: Readonly<Record<Exclude<LocalModelSource, 'folder'>, string>> = {
  driad: 'Driad',
  'lm-studio': 'LM Studio', // not words
  ollama: 'Ollama',
  'hugging-face': 'Hugging Face', // not words
  'llama.cpp': 'llama.cpp',
  gpt4all: 'GPT4All',
  jan: 'Jan',
}

export function sourceTitle(source: LocalModelSource): string {
  return source === 'folder' ? t('models-files:source.folder') : programs[source]
}
