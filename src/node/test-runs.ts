import { v7 as uuidv7 } from 'uuid'
import { DriadError } from '../protocol/errors.ts'
import { samplingOf } from '../protocol/sampling.ts'
import type { TestRunEvent, TestRunInput } from '../protocol/views.ts'
import { simpleWorkflow } from '../protocol/workflow/simple.ts'
import type { Logger } from './logs/contract.ts'
import { fetchDescription } from './network/info-service.ts'
import type { OnlineServices } from './online-services.ts'
import type { ModelSource } from './tasks/contract.ts'
import { StepFeed } from './tasks/step-feed.ts'
import type { TaskService } from './tasks/task-service.ts'
import type { RunRecord, TestHistory } from './test-history.ts'

/** How many peers are asked what they serve, and for how long, when the Test view wants to know. */
const ASKED_PEERS = 20
const ASK_TIMEOUT_MS = 2_000
/** Longest that a test run on the network may take. */
const NETWORK_RUN_MS = 10 * 60_000

export interface TestRunsComponents {
  readonly tasks: TaskService
  /** Under the names that go over the wire. */
  readonly models: Pick<ModelSource, 'served'>
  readonly online: () => OnlineServices | undefined
  readonly history: TestHistory
  readonly logger: Logger
}

export interface TestRunOptions {
  readonly signal: AbortSignal
  readonly onEvent: (event: TestRunEvent) => void
}

type Ended = Extract<TestRunEvent, { type: 'ended' }>

/** The operator's own test runs: on this computer's models, or as a requester on the network. */
export class TestRuns {
  readonly #components: TestRunsComponents

  constructor(components: TestRunsComponents) {
    this.#components = components
  }

  /** Runs to the end; the last event is `ended`, also where something kept it from running. It is in the history then. */
  async run(input: TestRunInput, { signal, onEvent }: TestRunOptions): Promise<void> {
    const workflow = input.workflowJson ?? simpleWorkflow({ prompt: input.prompt ?? '', ...limitOf(input) })
    const record = this.#components.history.follow(input)
    let ended: Ended | undefined
    const options: TestRunOptions = {
      signal,
      onEvent: (event) => {
        if (event.type === 'ended') {
          ended = event
          return
        }
        if (event.type === 'step') record.step(event.report)
        onEvent(event)
      },
    }
    try {
      await (input.where === 'here'
        ? this.#runHere(workflow, input, options)
        : this.#runOnNetwork(workflow, input, options))
    } catch (cause) {
      if (!signal.aborted) ended = { type: 'ended', ok: false, error: errorOf(DriadError.from(cause)) }
    }
    // Whoever hears of the end finds it in the history. What was done when it was stopped is done all the same.
    await this.#keep(record, signal.aborted && ended?.ok !== true ? undefined : ended)
    if (ended !== undefined) onEvent(ended)
  }

  async #keep(record: RunRecord, ended: Ended | undefined): Promise<void> {
    try {
      await record.end(ended)
    } catch (error) {
      this.#components.logger.warn('A test run could not be kept in the history', { error })
    }
  }

  /** Names of the models that a test can use: those loaded here, and those that peers say they serve. */
  async models({
    signal,
  }: {
    signal?: AbortSignal | undefined
  } = {}): Promise<{ here: string[]; network: string[] }> {
    const here = this.#components.models.served().map((model) => model.name)
    const host = this.#components.online()?.host
    if (host === undefined) return { here, network: [] }
    const bound = AbortSignal.any([
      AbortSignal.timeout(ASK_TIMEOUT_MS),
      ...(signal === undefined ? [] : [signal]),
    ])
    const asked = host.peers().slice(0, ASKED_PEERS)
    const answers = await Promise.allSettled(
      asked.map((peer) => fetchDescription(host, { peerId: peer.peerId, addresses: [] }, { signal: bound })),
    )
    const names = answers.flatMap((answer) =>
      answer.status === 'fulfilled' ? answer.value.models.map((model) => model.name) : [],
    )
    return { here, network: [...new Set(names)].sort() }
  }

  async #runHere(workflow: unknown, input: TestRunInput, { signal, onEvent }: TestRunOptions): Promise<void> {
    const taskId = uuidv7()
    onEvent({ type: 'state', state: 'executing', taskId })
    const feed = new StepFeed((report) => onEvent({ type: 'step', report }))
    const run = await this.#components.tasks.runLocal(
      {
        workflow,
        model: input.model,
        sampling: samplingOf(input),
        ...(input.input !== undefined && { input: input.input }),
      },
      {
        signal,
        onText: ({ text, tokens }) => onEvent({ type: 'text', text, tokens }),
        onEvent: (event) => {
          if (event.type !== 'text') feed.push(event)
        },
      },
    )
    feed.end()
    const { promptTokens, completionTokens, firstTokenMs, totalMs } = run
    const stats = {
      promptTokens,
      completionTokens,
      totalMs,
      ...(firstTokenMs !== undefined && { firstTokenMs }),
    }
    onEvent(
      run.ok
        ? { type: 'ended', ok: true, result: run.result, stats }
        : { type: 'ended', ok: false, stats, error: errorOf(run.error) },
    )
  }

  async #runOnNetwork(
    workflow: unknown,
    input: TestRunInput,
    { signal, onEvent }: TestRunOptions,
  ): Promise<void> {
    const requester = this.#components.online()?.requester
    if (requester === undefined)
      throw new DriadError('network_unreachable', 'Join the network to run a task there')
    const taskId = await requester.publish({
      workflow,
      models: [input.model],
      sampling: samplingOf(input),
      deadlineMs: Date.now() + NETWORK_RUN_MS,
      stream: true,
      cancelOnDisconnect: true,
      ...(input.input !== undefined && { input: input.input }),
    })
    onEvent({ type: 'state', state: 'published', taskId })
    try {
      const task = await requester.wait(taskId, {
        signal,
        onEvent: (event) => {
          if (event.type === 'text') onEvent({ type: 'text', text: event.text, tokens: event.tokens })
          else if (event.type === 'step') onEvent({ type: 'step', report: event.report })
          else if (event.type === 'notice') onEvent({ type: 'notice', reason: event.reason })
          else
            onEvent({
              type: 'state',
              state: event.state,
              taskId,
              ...(event.node !== undefined && { node: event.node }),
            })
        },
      })
      onEvent({
        type: 'ended',
        ok: task.status === 'completed',
        ...(task.result !== undefined && { result: task.result }),
        ...(task.stats !== undefined && { stats: task.stats }),
        ...(task.error !== undefined && { error: task.error }),
      })
    } catch (error) {
      if (signal.aborted)
        await requester.cancel(taskId, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) }).catch(() => undefined)
      throw error
    }
  }
}

function limitOf({ maxTokens }: TestRunInput) {
  return maxTokens === undefined ? {} : { maxTokens }
}

function errorOf(error: DriadError) {
  return { code: error.code, message: error.message, issues: error.issues }
}
