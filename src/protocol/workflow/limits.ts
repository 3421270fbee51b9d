/**
 * What a workflow may be at most. A node may allow less (or, for its own operator, more): `parseWorkflow` takes
 * other figures. Everything is checked before a token is spent; `memoryChars`, `promptChars`, `resultChars` and `fileChunks`
 * also hold while a workflow runs, because a loop can grow its memory.
 */
export interface WorkflowLimits {
  /** UTF-8 bytes of the JSON text. */
  readonly bytes: number
  /** Levels of nested objects and arrays in the JSON text. */
  readonly depth: number
  readonly tasks: number
  readonly steps: number
  /** Messages of one task. */
  readonly messages: number
  /** Characters of one message. */
  readonly messageChars: number
  /** Inputs, and outputs, of one task; also the inputs of the return value. */
  readonly inputs: number
  /** Characters of an id, a key or a name. */
  readonly nameChars: number
  /** Cache entries and stack items of `external_memory`, together. */
  readonly memoryEntries: number
  readonly postProcess: number
  readonly customTools: number
  /** Upper bound of `config.max_steps`. */
  readonly maxSteps: number
  /** Upper bound of `config.max_time`, seconds. */
  readonly maxTimeSeconds: number
  /** Upper bound of `config.max_tokens`, tokens of one generation. */
  readonly maxTokens: number
  /** Characters that the memory of one run holds, keys included. */
  readonly memoryChars: number
  /** Characters of all messages of one generation, placeholders filled. */
  readonly promptChars: number
  /** Characters of the run's result. */
  readonly resultChars: number
  /** Chunks of text that the file system of one run holds; their characters count as memory. */
  readonly fileChunks: number
  /** How many issues an error lists; the rest is counted. */
  readonly issues: number
}

export const workflowLimits: WorkflowLimits = {
  bytes: 1024 * 1024,
  depth: 64,
  tasks: 256,
  steps: 1024,
  messages: 128,
  messageChars: 256 * 1024,
  inputs: 64,
  nameChars: 512,
  memoryEntries: 20_000,
  postProcess: 64,
  customTools: 32,
  maxSteps: 1_000_000,
  maxTimeSeconds: 3600,
  maxTokens: 16_384,
  memoryChars: 16 * 1024 * 1024,
  promptChars: 1024 * 1024,
  // In UTF-8 at most three times as many bytes, which is what an outcome may carry.
  resultChars: 640 * 1024,
  fileChunks: 4096,
  issues: 50,
}

/** Tokens of one generation where a workflow does not say: a small model may never stop by itself. */
export const DEFAULT_MAX_TOKENS = 512
