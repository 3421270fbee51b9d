import type { Workflow } from './schema.ts'

/**
 * Parts of the format that a node needs more for than the engine itself: tools, embeddings, a network.
 * A workflow that uses one which the node lacks is refused whole, with `operator_unavailable`, before it runs.
 */
export const workflowFeatures = [
  'function_calling',
  'function_calling_raw',
  'search_operator',
  'search_input',
  'insert_output',
  'HaveSimilar',
] as const
export type WorkflowFeature = (typeof workflowFeatures)[number]

/** What this version of the engine can do of them. */
export const builtInFeatures: ReadonlySet<WorkflowFeature> = new Set()

export interface FeatureUse {
  readonly feature: WorkflowFeature
  readonly path: readonly (string | number)[]
}

/** Where a workflow uses which of them. */
export function featuresOf(workflow: Workflow): FeatureUse[] {
  const uses: FeatureUse[] = []
  for (const [index, task] of workflow.tasks.entries()) {
    const { operator } = task
    if (operator === 'function_calling' || operator === 'function_calling_raw') {
      uses.push({ feature: operator, path: ['tasks', index, 'operator'] })
    } else if (operator === 'search') {
      uses.push({ feature: 'search_operator', path: ['tasks', index, 'operator'] })
    }
    for (const [at, input] of task.inputs.entries()) {
      if (input.value.type === 'search') {
        uses.push({ feature: 'search_input', path: ['tasks', index, 'inputs', at, 'value', 'type'] })
      }
    }
    for (const [at, output] of task.outputs.entries()) {
      if (output.type === 'insert') {
        uses.push({ feature: 'insert_output', path: ['tasks', index, 'outputs', at, 'type'] })
      }
    }
  }
  for (const [index, step] of workflow.steps.entries()) {
    if (step.condition?.input.type === 'search') {
      uses.push({ feature: 'search_input', path: ['steps', index, 'condition', 'input', 'type'] })
    }
    if (step.condition?.expression === 'HaveSimilar') {
      uses.push({ feature: 'HaveSimilar', path: ['steps', index, 'condition', 'expression'] })
    }
  }
  for (const [index, input] of workflow.returnValue.inputs.entries()) {
    if (input.type !== 'search') continue
    const path = workflow.returnValue.isList
      ? ['return_value', 'input', index, 'type']
      : ['return_value', 'input', 'type']
    uses.push({ feature: 'search_input', path })
  }
  return uses
}
