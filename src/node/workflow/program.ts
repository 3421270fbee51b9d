import type { Workflow, WorkflowCondition, WorkflowTask } from '../../protocol/workflow/schema.ts'
import { type Operator, operators } from './operators/operator-table.ts'
import { Template } from './template.ts'

/** A workflow made ready to run: names resolved to indices, templates taken apart. */
export interface Program {
  readonly workflow: Workflow
  readonly steps: readonly ProgramStep[]
}

export interface ProgramStep {
  readonly task: ProgramTask
  readonly target: Jump
  readonly fallback?: Jump
  readonly condition?: WorkflowCondition & { readonly otherwise: Jump }
}

export interface ProgramTask extends Omit<WorkflowTask, 'messages'> {
  readonly run: Operator
  /** Whether its inputs have to be waited for, and its outputs. */
  readonly searches: boolean
  readonly inserts: boolean
  readonly messages: readonly { readonly role: 'system' | 'user' | 'assistant'; readonly content: Template }[]
}

/** Where a step goes: to the step at `index`, or to the run's end where that is -1. */
export interface Jump {
  readonly name: string
  readonly index: number
}

export function compileProgram(workflow: Workflow): Program {
  const tasks = new Map<string, ProgramTask>()
  for (const task of workflow.tasks) tasks.set(task.id, compileTask(task))
  // Of several steps with one source the first is taken.
  const indexBySource = new Map<string, number>()
  for (const [index, step] of workflow.steps.entries()) {
    if (!indexBySource.has(step.source)) indexBySource.set(step.source, index)
  }
  const jump = (name: string): Jump => ({ name, index: indexBySource.get(name) ?? -1 })

  const steps = workflow.steps.map((step): ProgramStep => {
    const { condition, fallback } = step
    return {
      task: tasks.get(step.source) ?? endTask(step.source),
      target: jump(step.target),
      ...(fallback === undefined ? {} : { fallback: jump(fallback) }),
      ...(condition ? { condition: { ...condition, otherwise: jump(condition.targetIfNot) } } : {}),
    }
  })
  return { workflow, steps }
}

function compileTask(task: WorkflowTask): ProgramTask {
  const run = operators[task.operator]
  const names = task.inputs.map((input) => input.name)
  const messages = task.messages.map(({ role, content }) => ({ role, content: new Template(content, names) }))
  const searches = task.inputs.some(({ value }) => value.type === 'search')
  const inserts = task.outputs.some(({ type }) => type === 'insert')
  return { ...task, run, messages, searches, inserts }
}

/** Steps whose source is `__end` need no such task. */
function endTask(id: string): ProgramTask {
  return compileTask({ id, operator: 'end', messages: [], inputs: [], outputs: [] })
}
