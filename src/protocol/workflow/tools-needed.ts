import { type SwitchableTool, type ToolName, toolNames } from '../tools.ts'
import type { IssueList } from './issue-list.ts'
import type { Workflow, WorkflowTask } from './schema.ts'

/** Any one of them does for a web search, the first that is on. */
export const searchTools = ['serper', 'jina', 'duckduckgo'] as const satisfies readonly ToolName[]

/** In `config.tools`: every tool that the node has. */
export const ALL_TOOLS = 'ALL'

/**
 * What a node must have turned on to run a workflow. `ALL` names none: whatever the node has will do. Neither does a web
 * search, which any one of several tools can do.
 */
export function toolsNeeded(workflow: Workflow): readonly SwitchableTool[] {
  if (!workflow.tasks.some(({ operator }) => operator === 'function_calling')) return []
  const { tools, customTools } = workflow.config
  const needed = new Set<SwitchableTool>(tools.filter(isToolName))
  if (customTools.some(({ mode }) => mode === 'http_request')) needed.add('http_request')
  return [...needed].sort()
}

/** Adds an issue for each tool that a workflow needs and `available` lacks. Tools that no task can use do not matter. */
export function checkTools(
  workflow: Workflow,
  available: ReadonlySet<SwitchableTool>,
  issues: IssueList,
): void {
  const { tools, customTools } = workflow.config
  const calls = workflow.tasks.some(({ operator }) => operator === 'function_calling')
  const rawCalls = workflow.tasks.some(({ operator }) => operator === 'function_calling_raw')
  if (calls || rawCalls) {
    for (const [index, tool] of tools.entries()) {
      if (tool === ALL_TOOLS) {
        const some = customTools.length > 0 || rawCalls || toolNames.some((name) => available.has(name))
        if (!some) issues.add(['config', 'tools', index], 'a node that has tools turned on', '"ALL"')
      } else if (!isToolName(tool)) {
        issues.add(
          ['config', 'tools', index],
          `"ALL" or one of ${toolNames.join(', ')}`,
          JSON.stringify(tool),
        )
      } else if (calls && !available.has(tool)) {
        issues.add(['config', 'tools', index], 'a tool that this node has turned on', JSON.stringify(tool))
      }
    }
  }
  for (const [index, tool] of customTools.entries()) {
    if (!calls || tool.mode !== 'http_request' || available.has('http_request')) continue
    issues.add(
      ['config', 'custom_tools', index, 'mode'],
      'a mode that this node has turned on',
      '"http_request"',
    )
  }
  for (const [index, task] of workflow.tasks.entries()) {
    if (!isWebSearch(task) || searchTools.some((name) => available.has(name))) continue
    issues.add(
      ['tasks', index, 'operator'],
      `a node with a search tool (${searchTools.join(', ')}) turned on`,
      '"search"',
    )
  }
}

/** Whether a `search` task asks the web whatever its inputs are: its last message is JSON with a query as it stands. */
function isWebSearch(task: WorkflowTask): boolean {
  return task.operator === 'search' && readWebQuery(task.messages.at(-1)?.content ?? '') !== undefined
}

export interface WebQueryText {
  readonly query: string
  readonly search_type?: string
  readonly lang?: string
  readonly n_results?: number
}

/** The query for a web search that a message is, if it is one; any other text is searched for in the file system. */
export function readWebQuery(text: string): WebQueryText | undefined {
  if (!/^\s*\{/.test(text)) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const { query, search_type, lang, n_results } = value as Record<string, unknown>
  if (typeof query !== 'string') return undefined
  const results = typeof n_results === 'string' ? Number(n_results) : n_results
  return {
    query,
    ...(typeof search_type === 'string' ? { search_type } : {}),
    ...(typeof lang === 'string' ? { lang } : {}),
    ...(typeof results === 'number' && Number.isInteger(results) && results > 0
      ? { n_results: results }
      : {}),
  }
}

function isToolName(name: string): name is ToolName {
  return (toolNames as readonly string[]).includes(name)
}
