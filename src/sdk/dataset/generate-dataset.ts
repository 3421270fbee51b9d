import type { Price } from '../../protocol/money.ts'
import type { SamplingOptions } from '../../protocol/sampling.ts'
import { IssueList } from '../../protocol/workflow/issue-list.ts'
import type { Singleton } from '../factory/singleton.ts'
import type { ModelName } from '../model.ts'
import type { Dataset } from './dataset.ts'

const MAX_CONCURRENCY = 4096

export interface GenerateDataset<Input, Output, Row> {
  /**
   * One row each, in any number: an array, a generator that makes them on the way, or another dataset, whose rows they are
   * then. The same ones when a run is taken up.
   */
  readonly instructions: Iterable<Input> | AsyncIterable<Input> | Dataset<Input>
  readonly singleton: Singleton<Input, Output>
  /** Any of these may make a row; with `eachModel` each of them makes one. Others may be given when a run is taken up. */
  readonly models: readonly ModelName[]
  /** A row for every instruction and every model, in that order, instead of one for every instruction. Then the models have to be the same ones when a run is taken up. */
  readonly eachModel?: boolean
  /**
   * A row of what came out; the output itself where absent, or `{ output }` where that is no object, and with `eachModel`
   * the `model` besides. What it throws makes the answer one that cannot be used.
   */
  readonly map?: (output: Output, input: Input, made: RowMade) => Row
  /** Tasks that are under way at a time; 64 where absent. */
  readonly concurrency?: number
  /** Further tries for a row whose task failed, or answered with what cannot be used; 3 where absent. */
  readonly retries?: number
  /** Milliseconds that one task may take; 10 minutes where absent. */
  readonly timeoutMs?: number
  readonly sampling?: SamplingOptions
  readonly maxPrice?: Price
  /** No further task is published once so much was spent in this call, in micro-credits. */
  readonly maxSpendMicro?: bigint
  readonly onProgress?: (progress: DatasetProgress) => void
  readonly signal?: AbortSignal
}

/** How a row came about. */
export interface RowMade {
  readonly model: string
  /** Peer id of the node. */
  readonly node?: string
  readonly taskId: string
}

export interface DatasetProgress {
  /** Rows that are there, also those of earlier runs. */
  readonly done: number
  readonly failed: number
  readonly running: number
  /** How many there will be; absent where the instructions do not say. */
  readonly total?: number
  readonly rowsPerSecond: number
  readonly etaMs?: number
  readonly promptTokens: number
  readonly completionTokens: number
  readonly spentMicro: bigint
}

export interface DatasetSummary extends Omit<DatasetProgress, 'running' | 'etaMs'> {
  /** Rows that were there before. */
  readonly resumed: number
  /** True where the limit of spending kept rows from being made. */
  readonly stoppedBySpending: boolean
}

/** Throws `bad_usage` with an issue for each option that cannot be. */
export function checkOptions({
  models,
  concurrency = 1,
  retries = 0,
}: Pick<GenerateDataset<unknown, unknown, unknown>, 'models' | 'concurrency' | 'retries'>): void {
  const issues = new IssueList(4)
  if (models.length === 0) issues.add(['models'], 'at least one model', 'none')
  if (new Set(models).size < models.length) issues.add(['models'], 'each model once', 'one of them twice')
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MAX_CONCURRENCY)
    issues.add(['concurrency'], `a whole number from 1 to ${MAX_CONCURRENCY}`, `${concurrency}`)
  if (!Number.isInteger(retries) || retries < 0)
    issues.add(['retries'], 'a whole number that is not below 0', `${retries}`)
  if (issues.size > 0) throw issues.toError('bad_usage', 'The dataset cannot be made')
}
