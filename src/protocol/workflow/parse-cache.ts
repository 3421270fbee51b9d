import type { SwitchableTool } from '../tools.ts'
import { assertTools, parseWorkflow } from './parse.ts'
import type { Workflow } from './schema.ts'

export interface WorkflowParserInit {
  /** Workflows that are remembered. */
  readonly maxEntries?: number
  /** Characters of all their texts together; a longer text is parsed each time. */
  readonly maxChars?: number
  /** Tools that are on now, looked at each time; all of them where absent. */
  readonly tools?: () => ReadonlySet<SwitchableTool>
}

/**
 * A `parseWorkflow` that remembers: tasks come in numbers, with the same workflow and another input. Only texts that
 * were found good are kept, those used last; what it gives must not be changed, for others get it too.
 */
export function createWorkflowParser(init: WorkflowParserInit = {}): (given: unknown) => Workflow {
  const { maxEntries = 64, maxChars = 1024 * 1024, tools } = init
  const known = new Map<string, Workflow>()
  let chars = 0
  const remember = (text: string, workflow: Workflow) => {
    if (text.length > maxChars) return
    known.set(text, workflow)
    chars += text.length
    for (const oldest of known.keys()) {
      if (known.size <= maxEntries && chars <= maxChars) break
      known.delete(oldest)
      chars -= oldest.length
    }
  }
  const parse = (given: unknown): Workflow => {
    // An object could change between two calls; text cannot.
    if (typeof given !== 'string') return parseWorkflow(given)
    const found = known.get(given)
    if (found === undefined) {
      const workflow = parseWorkflow(given)
      remember(given, workflow)
      return workflow
    }
    known.delete(given)
    known.set(given, found)
    return found
  }
  return (given) => {
    const workflow = parse(given)
    if (tools) assertTools(workflow, tools())
    return workflow
  }
}
