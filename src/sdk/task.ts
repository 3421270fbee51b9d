import type { Price } from '../protocol/money.ts'
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
}

/** What is to be executed, and by which models. Nothing is checked before it is published. */
export class Task implements TaskInit {
  readonly workflow: unknown
  readonly models: readonly ModelName[]
  readonly input?: string
  readonly sampling?: SamplingOptions
  readonly maxPrice?: Price

  constructor(init: TaskInit) {
    this.workflow = init.workflow
    this.models = [...init.models]
    if (init.input !== undefined) this.input = init.input
    if (init.sampling !== undefined) this.sampling = { ...init.sampling }
    if (init.maxPrice !== undefined) this.maxPrice = { ...init.maxPrice }
  }
}
