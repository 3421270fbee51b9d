import { taskSeed } from '../../protocol/task-seed.ts'
import type { Workflow } from '../../protocol/workflow/schema.ts'
import type { InferenceEngine } from '../inference/contract.ts'
import { abandonable } from '../requester/abandonable.ts'
import type { CheckModels } from './check-models.ts'
import type { Checker, CheckSubject, Verdict } from './contract.ts'
import { isRepeatable, replayTask } from './replay-task.ts'

export interface OwnModelComponents {
  readonly engine: Pick<InferenceEngine, 'generate' | 'score'>
  readonly models: CheckModels
  readonly parseWorkflow: (json: string) => Workflow
}

/** Checks results on the requester's own models: nobody else has to be believed. */
export class OwnModelChecker implements Checker {
  readonly method = 'own_model'
  readonly #components: OwnModelComponents

  constructor(components: OwnModelComponents) {
    this.#components = components
  }

  canCheck({ assignment, contents }: CheckSubject): boolean {
    const { models, parseWorkflow } = this.#components
    return (
      contents.scoreText === undefined &&
      models.has(assignment) &&
      isRepeatable(parseWorkflow(contents.workflowJson))
    )
  }

  async check(subject: CheckSubject, { signal }: { signal: AbortSignal }): Promise<Verdict> {
    const { engine, models, parseWorkflow } = this.#components
    const { contents, outcome, assignment } = subject
    // Others wait for a load, too: it goes on without this check.
    const { name, contextSize } = await abandonable(models.ready(assignment), signal)
    return replayTask(
      engine,
      {
        model: name,
        workflow: parseWorkflow(contents.workflowJson),
        sampling: { ...contents.sampling, seed: contents.sampling.seed ?? taskSeed(subject.taskId) },
        ...(contents.input !== undefined && { input: contents.input }),
        result: outcome.result,
        promptTokens: outcome.promptTokens,
        completionTokens: outcome.completionTokens,
        contextSize: { ours: contextSize, theirs: assignment.contextSize },
      },
      { signal },
    )
  }
}
