import type { AgreementRule } from '../protocol/agreement.ts'
import type { Price } from '../protocol/money.ts'
import type { TaskPriority } from '../protocol/priority.ts'
import type { SamplingOptions } from '../protocol/sampling.ts'
import type { ModelName } from './model.ts'

export interface TaskInit {
  /** A new UUIDv7, where you have to know it before it is published; one is made where absent. */
  readonly taskId?: string
  /** A workflow, as the object or the JSON text that workflow files hold. `Simple.workflow` makes one of a prompt. */
  readonly workflow: unknown
  /**
   * Any of these may execute it; nodes choose themselves. Names, groups (`Model.SMALL`) and wildcards (`llama3.1:*`), at most 16;
   * of what groups and wildcards mean, an offer holds 16 models: those that are known to be served, then the best of each size.
   */
  readonly models: readonly ModelName[]
  /** The run's input: what inputs of type `input` read. */
  readonly input?: string
  /** Temperature and seed; the models' own where absent. */
  readonly sampling?: SamplingOptions
  /** The most that is paid for 1,000 tokens, in micro-credits; one credit where absent. */
  readonly maxPrice?: Price
  /** `high` goes out before your other tasks that wait, `low` after them; a low one waits longer, never for ever. */
  readonly priority?: TaskPriority
  /**
   * Has it done by this many different nodes, 2 to 9, and compares what they answer, letter for letter. Each is paid. It needs
   * exactly one model. The result's `agreement` says how many agree.
   */
  readonly redundancy?: number
  /** `majority` (where absent): more than half of the nodes must give the same answer. `all`: every one of them. */
  readonly agreement?: AgreementRule
  /** Your own name for it, at most 200 characters: a task of a name that was published before is not published again. */
  readonly key?: string
}

/** What is to be executed, and by which models. Nothing is checked before it is published. */
export class Task implements TaskInit {
  readonly workflow: unknown
  readonly models: readonly ModelName[]
  readonly input?: string
  readonly sampling?: SamplingOptions
  readonly maxPrice?: Price
  readonly priority?: TaskPriority
  readonly redundancy?: number
  readonly agreement?: AgreementRule
  readonly key?: string

  constructor(init: TaskInit) {
    this.workflow = init.workflow
    this.models = [...init.models]
    if (init.input !== undefined) this.input = init.input
    if (init.sampling !== undefined) this.sampling = { ...init.sampling }
    if (init.maxPrice !== undefined) this.maxPrice = { ...init.maxPrice }
    if (init.priority !== undefined) this.priority = init.priority
    if (init.redundancy !== undefined) this.redundancy = init.redundancy
    if (init.agreement !== undefined) this.agreement = init.agreement
    if (init.key !== undefined) this.key = init.key
  }
}
