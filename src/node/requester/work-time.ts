import type { Workflow } from '../../protocol/workflow/schema.ts'
import type { RequesterLimits } from './limits.ts'
import { plausibleTokens } from './plausible-tokens.ts'
import type { RequestStore } from './request-store.ts'

export interface WorkTimeComponents {
  readonly requests: Pick<RequestStore, 'assignments' | 'contents'>
  readonly parseWorkflow: (json: string) => Workflow
  /** Tokens per second of one sequence that the node claims for a model (0 if not known), and how many it has under way. */
  readonly claimed: (
    node: string,
    model: string,
  ) => { readonly speed: number; readonly load: number } | undefined
}

export interface WorkTime {
  /** From the assignment on. */
  readonly ms: number
  /** It follows from what the node claims, several times over. Otherwise half of the task's time is what it had. */
  readonly claimed: boolean
}

/**
 * How long a node may have a task, without a sign that it gets on with it, before another one is asked, too: several times
 * what it takes at the speed that it claims, or half of the time that there is, whichever is less. Undefined for a task
 * that the node does not have.
 */
export function workTime(
  { requests, parseWorkflow, claimed }: WorkTimeComponents,
  limits: Pick<RequesterLimits, 'workMinMs' | 'workPatience'>,
  { taskId, node }: { readonly taskId: string; readonly node: string },
): WorkTime | undefined {
  const assignment = requests.assignments.get(taskId, node)
  const contents = requests.contents(taskId)
  if (assignment === undefined || contents === undefined) return undefined
  const { speed = 0, load = 0 } = claimed(node, assignment.model) ?? {}
  const { completionTokens } = plausibleTokens(parseWorkflow(contents.workflowJson), assignment)
  // All that the node has may have to share the machine, or come first.
  const computedMs = speed > 0 ? (completionTokens / speed) * 1000 * (1 + load) : Number.POSITIVE_INFINITY
  const patientMs = computedMs * limits.workPatience
  const halfMs = (contents.deadlineMs - assignment.assignedAtMs) / 2
  return { ms: Math.max(limits.workMinMs, Math.min(patientMs, halfMs)), claimed: patientMs <= halfMs }
}
