import type { ConditionFile } from './file-parts.ts'
import type { MemoryInput } from './memory-inputs.ts'
import type { Expression } from './operators.ts'

/** Decides where a step goes. Made by `ConditionBuilder.build`. */
export type Condition = Readonly<ConditionFile>

export interface ConditionInit {
  /** What is looked at, once the step's result is stored. */
  readonly input: MemoryInput
  readonly expression: Expression
  readonly expected: string | number | boolean
  /** The step to go to when the condition does not hold; the edge's `target` is for when it does. */
  readonly targetIfNot: string
}

export const ConditionBuilder = {
  build: ({ input, expression, expected, targetIfNot }: ConditionInit): Condition => ({
    input: input.value,
    expression,
    expected: `${expected}`,
    target_if_not: targetIfNot,
  }),
} as const

export interface EdgeInit {
  /** The id of a step. */
  readonly source: string
  /** The id of the step that follows, or `_end`. */
  readonly target: string
  readonly condition?: Condition
  /** Where to go when the step fails; without it the run fails. */
  readonly fallback?: string
}

/** Goes from one step to the next. Plain objects of the same shape do as well. */
export class Edge implements EdgeInit {
  readonly source: string
  readonly target: string
  readonly condition?: Condition
  readonly fallback?: string

  constructor({ source, target, condition, fallback }: EdgeInit) {
    this.source = source
    this.target = target
    if (condition !== undefined) this.condition = condition
    if (fallback !== undefined) this.fallback = fallback
  }
}
