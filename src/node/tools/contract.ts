import type { SwitchableTool, ToolName } from '../../protocol/tools.ts'
import type { CustomTool } from '../../protocol/workflow/schema.ts'

/**
 * The tools of one node. A workflow is a stranger's program: whatever it asks for goes out through one guarded HTTP
 * client, to public addresses only, within limits of time, size and count.
 */
export interface ToolBox {
  /** Those that the operator turned on and that can work. Changes with the settings. */
  available(): ReadonlySet<SwitchableTool>
  /** A session for one run: its requests are counted together. */
  open(): ToolSession
}

/**
 * The calls of one run. All throw `tool_unavailable` (off, or unknown), `tool_refused` (an address that is not public,
 * another method than GET and POST, a limit), `tool_failed` (the service did not do it), and the signal's reason.
 */
export interface ToolSession {
  /** Runs a built-in tool; its answer as text. */
  call(
    name: ToolName,
    args: Readonly<Record<string, unknown>>,
    options: { signal: AbortSignal },
  ): Promise<string>
  /** Sends the request of a custom tool of mode `http_request`, its placeholders filled with the arguments. */
  request(
    tool: CustomTool,
    args: Readonly<Record<string, unknown>>,
    options: { signal: AbortSignal },
  ): Promise<string>
  /** A web search with the first available of the node's search tools; its answer as text. */
  search(query: WebQuery, options: { signal: AbortSignal }): Promise<string>
}

export interface WebQuery {
  readonly query: string
  /** As in the v1 tools: `search`, `news`... */
  readonly searchType?: string
  readonly lang?: string
  readonly results?: number
}
