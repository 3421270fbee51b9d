import { setTimeout as sleep } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import type { TaskResult } from '../../node/requester/contract.ts'
import { DriadError, type DriadErrorCode } from '../../protocol/errors.ts'
import type { Driad } from '../driad.ts'
import type { ModelName } from '../model.ts'
import { TaskFailedError } from '../task-failed-error.ts'
import { Dataset } from './dataset.ts'
import {
  checkOptions,
  type DatasetProgress,
  type DatasetSummary,
  type GenerateDataset,
} from './generate-dataset.ts'
import { namingInstruction, type RowAsked, rowsAsked } from './rows-asked.ts'

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
   * task before it is published (`issues` name the instruction), what keeps rows from being stored (`disk_full`…), and the
   * signal's reason.
   */
  async generate<Input, Output>(options: GenerateDataset<Input, Output, Row>): Promise<DatasetSummary> {
    checkOptions(options)
    const { singleton, eachModel } = options
    const release = await this.#dataset.bind(eachModel ? `${singleton.name} for each model` : singleton.name)
    try {
      return await new Run(this.#driad, this.#dataset, options).run()
    } finally {
      release()
    }
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
  #total: number | undefined
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
    const { concurrency = DEFAULT_CONCURRENCY, instructions } = this.#options
    const count = Array.isArray(instructions)
      ? instructions.length
      : instructions instanceof Dataset
        ? await instructions.size()
        : undefined
    this.#total = count === undefined ? undefined : count * this.#rowsPerInstruction()
    const asked = rowsAsked(this.#options)
    const work = async () => {
      for (;;) {
        this.#signal.throwIfAborted()
        const next = await untilAborted(asked.next(), this.#signal)
        // Rows that nothing was spent on yet stay unmade; there may be no end of them.
        if (next.done || (this.#stoppedBySpending && next.value.row >= this.#dataset.nextRow)) return
        this.#running++
        try {
          await this.#row(next.value)
        } finally {
          this.#running--
          this.#tellSoon()
        }
      }
    }
    const workers = Array.from({ length: concurrency }, () =>
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
      // Where they come from may have a file open.
      asked.return().catch(() => undefined)
      if (!this.#signal.aborted) this.#options.onProgress?.(this.#progress())
    }
  }

  #rowsPerInstruction(): number {
    return this.#options.eachModel ? this.#options.models.length : 1
  }

  async #row(asked: RowAsked<Input>): Promise<void> {
    const { retries = DEFAULT_RETRIES } = this.#options
    const { row } = asked
    const state = this.#dataset.stateOf(row, asked.digest)
    if (state.done !== undefined) {
      this.#resumed++
      return
    }
    // A task that failed in an earlier run is not asked for again; one that was under way is.
    let taskId = state.failed === undefined ? state.taskId : undefined
    const first = state.taskId === undefined ? 0 : taskId === undefined ? state.attempt + 1 : state.attempt
    for (let attempt = first; ; attempt++) {
      const failure = await this.#attempt({ ...asked, attempt, taskId })
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
  async #attempt(
    asked: RowAsked<Input> & { readonly attempt: number; readonly taskId: string | undefined },
  ): Promise<DriadError | undefined> {
    const { row, input, digest, attempt, models } = asked
    const { singleton } = this.#options
    let task = asked.taskId === undefined ? undefined : await this.#found(asked.taskId)
    if (task === undefined) {
      if (this.#isSpent()) return new DriadError('cancelled', 'The limit of spending is reached')
      const taskId = asked.taskId ?? uuidv7()
      // A mistake in what is asked: nothing was spent on it, and more of the kind may follow.
      const workflow = namingInstruction(asked.instruction, () => singleton.workflow(input))
      if (asked.taskId === undefined)
        await this.#dataset.record({ type: 'task', row, attempt, digest, taskId })
      task = await this.#published(taskId, workflow, { models, attempt })
    }
    this.#count(task)
    const value = this.#valueOf(task, input)
    if (value instanceof DriadError) return value
    try {
      await this.#dataset.record({ type: 'done', row, value })
      return undefined
    } catch (error) {
      if (error instanceof DriadError && error.code === 'too_large') return error
      // It is the disk, or the rows themselves. The answer can still be fetched by the next call.
      throw error
    }
  }

  /** The row that a task gave, or why it gave none. Throws `bad_usage` of the caller's own code. */
  #valueOf(task: TaskResult, input: Input): Record<string, unknown> | DriadError {
    try {
      const output = this.#options.singleton.parseResult(task, input)
      return this.#checked(this.#mapped(output, input, task))
    } catch (cause) {
      const error = DriadError.from(cause, 'output_invalid')
      if (error.code === 'bad_usage' && !(error instanceof TaskFailedError)) throw error
      return error
    }
  }

  #mapped(output: Output, input: Input, { model = '', node, taskId }: TaskResult): unknown {
    const { map, eachModel } = this.#options
    if (map !== undefined) return map(output, input, { model, taskId, ...(node !== undefined && { node }) })
    return eachModel ? { ...rowOf(output), model } : rowOf(output)
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

  async #published(
    taskId: string,
    workflow: unknown,
    { models, attempt }: { readonly models: readonly ModelName[]; readonly attempt: number },
  ): Promise<TaskResult> {
    const { sampling, maxPrice, timeoutMs } = this.#options
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
    const total = this.#total
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

/** Instructions may take any time to come. Rejects with the signal's reason. */
function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function rowOf(output: unknown): Record<string, unknown> {
  const isObject = typeof output === 'object' && output !== null && !Array.isArray(output)
  return isObject ? (output as Record<string, unknown>) : { output }
}
