import { DriadError } from '../../protocol/errors.ts'
import { taskSeed } from '../../protocol/task-seed.ts'
import type { Workflow } from '../../protocol/workflow/schema.ts'
import type { LoadedModel } from '../inference/contract.ts'
import type { InferenceSupervisor } from '../inference/supervisor.ts'
import { abandonable } from '../requester/abandonable.ts'
import type { Checker, CheckSubject, Verdict } from './contract.ts'
import { isRepeatable, replayTask } from './replay-task.ts'

export interface OwnModelComponents {
  readonly engine: Pick<InferenceSupervisor, 'load' | 'generate' | 'score'>
  /** Identifies the weights of a file; reads it at the first use. */
  readonly digestOf: (path: string, options: { signal: AbortSignal }) => Promise<Uint8Array>
  readonly parseWorkflow: (json: string) => Workflow
}

export interface OwnModelInit {
  /** GGUF files on this computer. */
  readonly paths: readonly string[]
}

interface OwnModel {
  readonly name: string
  readonly path: string
  digest: string | undefined
  loading: Promise<LoadedModel> | undefined
}

/** Checks run one after the other, or two at a time. */
const SLOTS = 2

/** Checks results on models of the requester's own: nobody else is trusted for it. Loaded at the first check. */
export class OwnModelChecker implements Checker {
  readonly method = 'own_model'
  readonly #components: OwnModelComponents
  readonly #models: readonly OwnModel[]

  constructor(components: OwnModelComponents, { paths }: OwnModelInit) {
    this.#components = components
    this.#models = paths.map((path, index) => ({
      name: `verification-${index + 1}`,
      path,
      digest: undefined,
      loading: undefined,
    }))
  }

  /** Reads the files for their digests. Throws `model_not_found`, `model_invalid`. */
  async open(options: { signal: AbortSignal }): Promise<void> {
    for (const model of this.#models) model.digest = hex(await this.#components.digestOf(model.path, options))
  }

  canCheck({ assignment, contents }: CheckSubject): boolean {
    return (
      this.#modelOf(assignment.modelDigest) !== undefined &&
      isRepeatable(this.#components.parseWorkflow(contents.workflowJson))
    )
  }

  async check(subject: CheckSubject, { signal }: { signal: AbortSignal }): Promise<Verdict> {
    const { engine, parseWorkflow } = this.#components
    const { contents, outcome, assignment } = subject
    const model = this.#modelOf(assignment.modelDigest)
    if (model === undefined) throw new DriadError('model_unavailable', 'There is no such model here')
    const { contextSize } = await abandonable(this.#load(model), signal)
    return replayTask(
      engine,
      {
        model: model.name,
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

  /** Once; a load that failed is tried again at the next check. Not with a check's signal: others wait for it, too. */
  #load(model: OwnModel): Promise<LoadedModel> {
    model.loading ??= this.#components.engine
      .load({ name: model.name, path: model.path, slots: SLOTS, gpu: 'auto' })
      .catch((error: unknown) => {
        model.loading = undefined
        throw error
      })
    return model.loading
  }

  #modelOf(digest: Uint8Array): OwnModel | undefined {
    const wanted = hex(digest)
    return this.#models.find((model) => model.digest === wanted)
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
