import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import type { TaskResult } from '../../node/requester/contract.ts'
import { DriadError, type DriadErrorCode } from '../../protocol/errors.ts'
import type { Price } from '../../protocol/money.ts'
import type { SamplingOptions } from '../../protocol/task.ts'
import type { Driad } from '../driad.ts'
import type { Singleton } from '../factory/singleton.ts'
import type { ModelName } from '../model.ts'
import type { Dataset } from './dataset.ts'

const DEFAULT_CONCURRENCY = 64
const DEFAULT_RETRIES = 3
const RETRY_MS = 500
/** Watchers are told at most that often. */
const PROGRESS_INTERVAL_MS = 200
/** Failures that another try may not have. */
const passing: ReadonlySet<DriadErrorCode> = new Set<DriadErrorCode>([
  'no_node',
  'no_capacity',
  'network_unreachable',
  'deadline_exceeded',
  'inference_crashed',
  'model_unavailable',
  'context_exceeded',
  'output_invalid',
  'check_failed',
  'tool_failed',
  'unknown_task',
  'internal',
])

export interface DatasetGeneratorInit<Row> {
  readonly driad: Driad
  readonly dataset: Dataset<Row>
}

export interface GenerateDataset<Input, Output, Row> {
  /** One row each, in any number: an array, or a generator that makes them on the way. The same ones when a run is taken up. */
  readonly instructions: Iterable<Input> | AsyncIterable<Input>
  readonly singleton: Singleton<Input, Output>
  /** Any of these may make a row. */
  readonly models: readonly ModelName[]
  /** A row of what came out; the output itself where absent, or `{ output }` where that is no object. */
  readonly map?: (output: Output, input: Input) => Row
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

/**
 * Makes the rows of a dataset, one task each. Interrupted at any moment, also by `kill -9`, the same call goes on where it
 * was: rows that are there stay, tasks that were published are fetched and not published again.
 */
export class DatasetGenerator<Row = Record<string, unknown>> {
  readonly #driad: Driad
  readonly #dataset: Dataset<Row>

  constructor({ driad, dataset }: DatasetGeneratorInit<Row>) {
    this.#driad = driad
    this.#dataset = dataset
  }

  /**
   * Resolves when every instruction has its row or has failed; what failed is in the dataset's `failures()`, and is tried
   * again by the next call. Throws `bad_usage` for instructions that are not those of the dataset, what is wrong with a
   * task before it is published, and the signal's reason.
   */
  async generate<Input, Output>(options: GenerateDataset<Input, Output, Row>): Promise<DatasetSummary> {
    await this.#dataset.bind(options.singleton.name)
    return new Run(this.#driad, this.#dataset, options).run()
  }
}

class Run<Input, Output, Row> {
  readonly #driad: Driad
  readonly #dataset: Dataset<Row>
  readonly #options: GenerateDataset<Input, Output, Row>
  readonly #startedAt = performance.now()
  readonly #failing = new AbortController()
  readonly #signal: AbortSignal
  #resumed = 0
  #made = 0
  #failed = 0
  #running = 0
  #promptTokens = 0
  #completionTokens = 0
  #spentMicro = 0n
  #stoppedBySpending = false
  #timer: NodeJS.Timeout | undefined

  constructor(driad: Driad, dataset: Dataset<Row>, options: GenerateDataset<Input, Output, Row>) {
    this.#driad = driad
    this.#dataset = dataset
    this.#options = options
    this.#signal =
      options.signal === undefined
        ? this.#failing.signal
        : AbortSignal.any([options.signal, this.#failing.signal])
  }

  async run(): Promise<DatasetSummary> {
    const { concurrency = DEFAULT_CONCURRENCY } = this.#options
    const instructions = numbered(this.#options.instructions)
    const work = async () => {
      for (;;) {
        this.#signal.throwIfAborted()
        const next = await instructions.next()
        if (next.done) return
        this.#running++
        try {
          await this.#row(...next.value)
        } finally {
          this.#running--
          this.#tellSoon()
        }
      }
    }
    const workers = Array.from({ length: Math.max(1, concurrency) }, () =>
      work().catch((error: unknown) => {
        this.#failing.abort(error)
        throw error
      }),
    )
    try {
      await Promise.allSettled(workers)
      this.#options.signal?.throwIfAborted()
      if (this.#failing.signal.aborted) throw this.#failing.signal.reason
      return this.#summary()
    } finally {
      clearTimeout(this.#timer)
      if (!this.#signal.aborted) this.#options.onProgress?.(this.#progress())
    }
  }

  async #row(row: number, input: Input): Promise<void> {
    const { retries = DEFAULT_RETRIES, singleton, models } = this.#options
    const digest = digestOf([singleton.name, models, input])
    const state = this.#dataset.stateOf(row, digest)
    if (state.done !== undefined) {
      this.#resumed++
      return
    }
    // A task that failed in an earlier run is not asked for again; one that was under way is.
    let taskId = state.failed === undefined ? state.taskId : undefined
    const first = state.taskId === undefined ? 0 : taskId === undefined ? state.attempt + 1 : state.attempt
    for (let attempt = first; ; attempt++) {
      const failure = await this.#attempt({ row, input, digest, attempt, taskId })
      if (failure === undefined) {
        this.#made++
        return
      }
      taskId = undefined
      // What was not asked for has not failed: the next call makes it.
      if (this.#stoppedBySpending) return
      const isLast = attempt - first >= retries || !passing.has(failure.code)
      if (!isLast && !this.#isSpent()) {
        await sleep(RETRY_MS * 2 ** Math.min(attempt - first, 6), undefined, { signal: this.#signal }).catch(
          () => this.#signal.throwIfAborted(),
        )
        continue
      }
      this.#failed++
      await this.#dataset.record({ type: 'failed', row, code: failure.code, message: failure.message })
      return
    }
  }

  /** One task for a row, or the one that an earlier run published. What kept it from being a row, if anything did. */
  async #attempt(asked: {
    row: number
    input: Input
    digest: string
    attempt: number
    taskId: string | undefined
  }): Promise<DriadError | undefined> {
    const { row, input, digest, attempt } = asked
    const { singleton, map } = this.#options
    try {
      let task = asked.taskId === undefined ? undefined : await this.#found(asked.taskId)
      if (task === undefined) {
        if (this.#isSpent()) return new DriadError('cancelled', 'The limit of spending is reached')
        const taskId = asked.taskId ?? uuidv7()
        const workflow = singleton.workflow(input)
        if (asked.taskId === undefined)
          await this.#dataset.record({ type: 'task', row, attempt, digest, taskId })
        task = await this.#published(taskId, workflow, attempt)
      }
      this.#count(task)
      const output = singleton.parseResult(task, input)
      const value = map === undefined ? rowOf(output) : map(output, input)
      await this.#dataset.record({ type: 'done', row, value: this.#checked(value) })
      return undefined
    } catch (cause) {
      this.#signal.throwIfAborted()
      const error = DriadError.from(cause)
      // A mistake in the task itself would be made for every row.
      if (error.code === 'bad_usage' || error.code === 'bad_workflow' || error.code === 'bad_offer')
        throw error
      return error
    }
  }

  /** A task that was written down; undefined where the process ended before it was published. */
  async #found(taskId: string): Promise<TaskResult | undefined> {
    try {
      return await this.#driad.wait(taskId, { signal: this.#signal })
    } catch (error) {
      if (DriadError.from(error).code === 'unknown_task') return undefined
      throw error
    }
  }

  async #published(taskId: string, workflow: unknown, attempt: number): Promise<TaskResult> {
    const { models, sampling, maxPrice, timeoutMs } = this.#options
    // The same seed would give the same answer that could not be used.
    const seed = sampling?.seed === undefined ? undefined : (sampling.seed + attempt) >>> 0
    await this.#driad.publish(
      {
        taskId,
        workflow,
        models,
        ...(sampling === undefined
          ? {}
          : { sampling: { ...sampling, ...(seed === undefined ? {} : { seed }) } }),
        ...(maxPrice === undefined ? {} : { maxPrice }),
      },
      { signal: this.#signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
    )
    return this.#driad.wait(taskId, { signal: this.#signal })
  }

  #count({ stats, amountMicro }: TaskResult): void {
    this.#promptTokens += stats?.promptTokens ?? 0
    this.#completionTokens += stats?.completionTokens ?? 0
    this.#spentMicro += BigInt(amountMicro ?? 0)
  }

  #isSpent(): boolean {
    const { maxSpendMicro } = this.#options
    const spent = maxSpendMicro !== undefined && this.#spentMicro >= maxSpendMicro
    this.#stoppedBySpending ||= spent
    return spent
  }

  #checked(value: unknown): Record<string, unknown> {
    const { schema } = this.#dataset
    if (schema === undefined) return value as Record<string, unknown>
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data as Record<string, unknown>
    const [issue] = parsed.error.issues
    const where = issue?.path.join('.') ?? ''
    throw new DriadError('output_invalid', `The row does not fit the dataset: ${where} ${issue?.message}`, {
      cause: parsed.error,
    })
  }

  #tellSoon(): void {
    if (this.#options.onProgress === undefined) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#options.onProgress?.(this.#progress())
    }, PROGRESS_INTERVAL_MS)
  }

  #progress(): DatasetProgress {
    const { instructions } = this.#options
    const total = Array.isArray(instructions) ? instructions.length : undefined
    const seconds = Math.max(0.001, (performance.now() - this.#startedAt) / 1000)
    const rowsPerSecond = this.#made / seconds
    const done = this.#resumed + this.#made
    const left = total === undefined ? undefined : total - done - this.#failed
    return {
      done,
      failed: this.#failed,
      running: this.#running,
      rowsPerSecond,
      promptTokens: this.#promptTokens,
      completionTokens: this.#completionTokens,
      spentMicro: this.#spentMicro,
      ...(total === undefined ? {} : { total }),
      ...(left === undefined || rowsPerSecond === 0
        ? {}
        : { etaMs: Math.round((left / rowsPerSecond) * 1000) }),
    }
  }

  #summary(): DatasetSummary {
    const { running: _running, etaMs: _eta, ...progress } = this.#progress()
    return { ...progress, resumed: this.#resumed, stoppedBySpending: this.#stoppedBySpending }
  }
}

async function* numbered<Input>(
  instructions: Iterable<Input> | AsyncIterable<Input>,
): AsyncGenerator<[number, Input], void> {
  let row = 0
  for await (const input of instructions) yield [row++, input]
}

function rowOf(output: unknown): Record<string, unknown> {
  const isObject = typeof output === 'object' && output !== null && !Array.isArray(output)
  return isObject ? (output as Record<string, unknown>) : { output }
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32)
}
