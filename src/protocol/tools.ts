/** Tools that a node may have, by the names that `config.tools` of a workflow uses besides `ALL`. */
export const toolNames = ['browserless', 'jina', 'serper', 'duckduckgo', 'stock', 'scraper'] as const
export type ToolName = (typeof toolNames)[number]

/**
 * What an operator switches on, each by itself: the tools, and `http_request`, which lets custom tools of workflows send
 * requests of their own.
 */
export const switchableTools = [...toolNames, 'http_request'] as const
export type SwitchableTool = (typeof switchableTools)[number]

/** A function as a model is told of it. */
export interface FunctionDefinition {
  readonly name: string
  readonly description: string
  /** JSON Schema of the arguments, an object. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** A call as a model makes it. The arguments fit the function's `parameters`. */
export interface FunctionCall {
  readonly name: string
  readonly arguments: Readonly<Record<string, unknown>>
}
