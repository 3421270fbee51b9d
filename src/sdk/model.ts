import type { GroupName } from '../protocol/catalogue/groups.ts'

/**
 * Names of models under which Dria's nodes have served them since its first SDK, so that tasks written for it name the
 * same weights here: the catalogue of models knows what each is. Any other string that a node announces its model under does as
 * well; `demo` is the small model that comes with this program. Groups (`Model.SMALL`) stand for all models of a kind; a name
 * may have `*` for any characters (`llama3.1:*`).
 */
export const Model = {
  DEMO: 'demo',

  // Groups, by their names of the first SDK, and three more by what models are for.
  SMALL: '@small',
  MID: '@mid',
  LARGE: '@large',
  REASONING: '@reasoning',
  CODER: '@coder',
  OLLAMA: '@ollama',
  OPENROUTER: '@openrouter',
  CHAT: '@chat',
  BASE: '@base',
  EMBEDDING: '@embedding',

  NOUS_THETA: 'finalend/hermes-3-llama-3.1:8b-q8_0',
  PHI3_MEDIUM: 'phi3:14b-medium-4k-instruct-q4_1',
  PHI3_MEDIUM_128K: 'phi3:14b-medium-128k-instruct-q4_1',
  PHI3_5_MINI: 'phi3.5:3.8b',
  PHI3_5_MINI_FP16: 'phi3.5:3.8b-mini-instruct-fp16',
  GEMMA2_9B: 'gemma2:9b-instruct-q8_0',
  GEMMA2_9B_FP16: 'gemma2:9b-instruct-fp16',
  LLAMA3_1: 'llama3.1:latest',
  LLAMA3_1_8BQ8: 'llama3.1:8b-instruct-q8_0',
  LLAMA3_1_8B_FP16: 'llama3.1:8b-instruct-fp16',
  LLAMA3_1_70B: 'llama3.1:70b-instruct-q4_0',
  LLAMA3_1_70BQ8: 'llama3.1:70b-instruct-q8_0',
  LLAMA3_1_8BTextQ4KM: 'llama3.1:8b-text-q4_K_M',
  LLAMA3_1_8BTextQ8: 'llama3.1:8b-text-q8_0',
  LLAMA3_1_70BTextQ4KM: 'llama3.1:70b-text-q4_0',
  LLAMA3_2_1B: 'llama3.2:1b',
  LLAMA3_2_1BTextQ4KM: 'llama3.2:1b-text-q4_K_M',
  LLAMA3_2_3B: 'llama3.2:3b',
  LLAMA3_3_70B: 'llama3.3:70b',
  QWEN_QWQ: 'qwq',
  QWEN2_5_7B: 'qwen2.5:7b-instruct-q5_0',
  QWEN2_5_7B_FP16: 'qwen2.5:7b-instruct-fp16',
  QWEN2_5_32B_FP16: 'qwen2.5:32b-instruct-fp16',
  QWEN2_5_CODER_1_5B: 'qwen2.5-coder:1.5b',
  QWEN2_5_CODER_7B: 'qwen2.5-coder:7b',
  QWEN2_5_CODER_7B_Q8: 'qwen2.5-coder:7b-instruct-q8_0',
  QWEN2_5_CODER_7B_FP16: 'qwen2.5-coder:7b-instruct-fp16',
  DEEPSEEK_CODER_6_7B: 'deepseek-coder:6.7b',
  DEEPSEEK_R1: 'deepseek-r1',
  DEEPSEEK_R1_1_5B: 'deepseek-r1:1.5b',
  DEEPSEEK_R1_7B: 'deepseek-r1:7b',
  DEEPSEEK_R1_8B: 'deepseek-r1:8b',
  DEEPSEEK_R1_14B: 'deepseek-r1:14b',
  DEEPSEEK_R1_32B: 'deepseek-r1:32b',
  DEEPSEEK_R1_70B: 'deepseek-r1:70b',
  MIXTRAL_8_7B: 'mixtral:8x7b',

  // Open weights that were served under the names of hosting services.
  QWEN_QWQ_OR: 'qwen/qwq-32b-preview',
  DEEPSEEK_CHAT_OR: 'deepseek/deepseek-chat',
  DEEPSEEK_R1_OR: 'deepseek/deepseek-r1',
  DEEPSEEK_R1_70B_OR: 'deepseek/deepseek-r1-distill-llama-70b',
  LLAMA_3_1_8B_OR: 'meta-llama/llama-3.1-8b-instruct',
  LLAMA_3_1_70B_OR: 'meta-llama/llama-3.1-70b-instruct',
  LLAMA_3_1_405B_OR: 'meta-llama/llama-3.1-405b-instruct',
  LLAMA_3_3_70B_OR: 'meta-llama/llama-3.3-70b-instruct',
  QWEN2_5_7B_OR: 'qwen/qwen-2.5-7b-instruct',
  QWEN2_5_72B_OR: 'qwen/qwen-2.5-72b-instruct',
  QWEN2_5_CODER_32B_OR: 'qwen/qwen-2.5-coder-32b-instruct',
  QWEN2_5_EVA_32B_OR: 'eva-unit-01/eva-qwen-2.5-32b',
  NOUS_HERMES_405B_OR: 'nousresearch/hermes-3-llama-3.1-405b',
  GEMMA_2_2B_IT: 'gemma-2-2b-it',
  GEMMA_2_9B_IT: 'gemma-2-9b-it',
  GEMMA_2_27B_IT: 'gemma-2-27b-it',

  // Models behind an API: only a node that has one would announce them.
  GPT4_TURBO: 'gpt-4-turbo',
  GPT4O: 'gpt-4o',
  GPT4O_MINI: 'gpt-4o-mini',
  O1_MINI: 'o1-mini',
  O1_PREVIEW: 'o1-preview',
  GEMINI_10_PRO: 'gemini-1.0-pro',
  GEMINI_15_PRO: 'gemini-1.5-pro',
  GEMINI_15_FLASH: 'gemini-1.5-flash',
  GEMINI_20_FLASH: 'gemini-2.0-flash-exp',
} as const

/** A group of models, as a task's set of models names it. */
export type ModelGroup = GroupName

/** One of the known names, which editors offer, or any other that nodes announce. */
export type ModelName = (typeof Model)[keyof typeof Model] | (string & Record<never, never>)
