import { DriadError } from '../../protocol/errors.ts'
import { clipText } from '../../protocol/wire/clip-text.ts'
import { CHUNK_TEXT_BYTES, REASON_BYTES, STEP_REPORT_BYTES } from '../../protocol/wire/limits.ts'
import type { Chunk, FromNode, FromRequester, Signed } from '../../protocol/wire/messages.pb.ts'
import { clippedReportJson } from '../../protocol/workflow/clip-report.ts'
import type { StepReport } from '../../protocol/workflow/step-report.ts'
import type { Logger } from '../logs/contract.ts'
import type { PeerTarget } from '../network/contract.ts'
import type { MessageStream } from '../network/message-stream.ts'
import { settledWithin } from './abort.ts'
import type { TaskLimits } from './limits.ts'

/** UTF-8 needs at most three bytes for one UTF-16 unit. */
const CHUNK_TEXT_CHARS = Math.floor(CHUNK_TEXT_BYTES / 3)
const CLOSE_TIMEOUT_MS = 1_000
/** Messages that leave in one write. */
const MAX_JOINED = 32
/** What nobody waits for leaves after this, or along with the next thing that somebody does. Each write costs as much as several tokens. */
const JOIN_MS = 3

/** What a requester says on its stream. A promise slows the requester down until it settles. */
export interface WorkSessionHandler {
  assign(session: WorkSession, signed: Signed): void
  cancel(session: WorkSession, taskId: string): void
  receipt(session: WorkSession, signed: Signed): Promise<void> | undefined
  denied(session: WorkSession, offerId: string): void
  /** A result is not paid, and why. */
  dispute(session: WorkSession, signed: Signed): Promise<void> | undefined
}

interface Outgoing {
  message: FromNode
  readonly sent: (ok: boolean) => void
}

/**
 * One work stream to one requester's process. Messages leave in the order of the calls. Text that the requester is
 * too slow for is merged into one message for each task; beyond a bound it is left out, for the outcome has it all.
 */
export class WorkSession {
  readonly target: PeerTarget
  /** How many assignments came on it. */
  assigned = 0
  /** Assignments that came without a credit, since the last with one. */
  overdrawn = 0
  /** When something last happened on it, by `performance.now()`. */
  activeAt = performance.now()
  readonly #stream: MessageStream<FromNode, FromRequester>
  readonly #logger: Logger
  readonly #limits: TaskLimits
  readonly #out: Outgoing[] = []
  /** The message in `#out` that further text of the task joins. */
  readonly #merging = new Map<string, Chunk>()
  readonly #silenced = new Set<string>()
  #pendingChars = 0
  #sending = false
  #sent: Promise<void> = Promise.resolve()
  #joining: NodeJS.Timeout | undefined
  #open = true
  #saidBye = false
  #faults = 0

  constructor(
    stream: MessageStream<FromNode, FromRequester>,
    init: { target: PeerTarget; logger: Logger; limits: TaskLimits },
  ) {
    this.#stream = stream
    this.target = init.target
    this.#logger = init.logger
    this.#limits = init.limits
  }

  get peerId(): string {
    return this.target.peerId
  }

  get open(): boolean {
    return this.#open
  }

  /** Resolves with whether the message was handed to the transport. Never rejects. */
  send(message: FromNode): Promise<boolean> {
    if (!this.#open) return Promise.resolve(false)
    if (this.#out.length >= this.#limits.maxPendingMessages) {
      this.abort(new DriadError('no_capacity', 'The requester does not read what it is sent'))
      return Promise.resolve(false)
    }
    return new Promise((resolve) => {
      this.#push({ message, sent: resolve })
    })
  }

  /** Sends text of a running task, as soon as the stream has room. `tokens` counts all of the task so far. */
  sendText(taskId: string, text: string, tokens: number): void {
    if (!this.#open || text === '' || this.#silenced.has(taskId)) return
    if (this.#pendingChars + text.length > this.#limits.maxPendingTextChars) {
      this.#silenced.add(taskId)
      this.#logger.debug('A requester is too slow for streamed text; it gets the outcome only', { taskId })
      return
    }
    this.#pendingChars += text.length
    const merging = this.#merging.get(taskId)
    if (merging !== undefined && merging.text.length + text.length <= CHUNK_TEXT_CHARS) {
      merging.text += text
      merging.tokens = tokens
      return
    }
    for (const piece of pieces(text)) {
      const chunk: Chunk = { taskId, text: piece, tokens }
      this.#merging.set(taskId, chunk)
      this.#push({ message: { chunk }, sent: ignore })
    }
  }

  /** Sends a step's report behind the text before it; where the requester does not keep up, it gets none. */
  sendStep(taskId: string, report: StepReport): void {
    if (!this.#open || this.#silenced.has(taskId)) return
    const reportJson = clippedReportJson(report, STEP_REPORT_BYTES)
    if (this.#pendingChars + reportJson.length > this.#limits.maxPendingTextChars) return
    // Text that comes after it must not join the text before it.
    this.#merging.delete(taskId)
    this.#pendingChars += reportJson.length
    this.#push({ message: { step: { taskId, reportJson } }, sent: ignore })
  }

  /** No more text will come of this task. */
  forget(taskId: string): void {
    this.#silenced.delete(taskId)
  }

  /** A message was wrong. Too many of them cut the stream. */
  fault(error: DriadError): void {
    this.#faults++
    this.#logger.warn('A requester sent something wrong', {
      peer: this.peerId,
      code: error.code,
      reason: error.message,
      faults: this.#faults,
    })
    if (this.#faults >= this.#limits.maxFaults) this.abort(error)
  }

  /** Reads until the stream ends, for whatever reason; never rejects. */
  async run(handler: WorkSessionHandler): Promise<void> {
    const settling = new Set<Promise<void>>()
    try {
      for await (const message of this.#stream.messages()) {
        this.activeAt = performance.now()
        if (message.assign !== undefined) {
          this.assigned++
          handler.assign(this, message.assign)
        } else if (message.cancel !== undefined) handler.cancel(this, message.cancel.taskId)
        else if (message.denied !== undefined) handler.denied(this, message.denied.offerId)
        else {
          const stored = this.#settle(message, handler)?.finally(() =>
            settling.delete(stored as Promise<void>),
          )
          if (stored !== undefined) settling.add(stored)
          // Many receipts share a commit; a flood of them waits here.
          if (settling.size >= this.#limits.maxReceiptsInFlight) await Promise.race(settling)
        }
        if (!this.#open) break
      }
    } catch (error) {
      this.#logger.debug('A work stream broke', { peer: this.peerId, error })
    }
    this.#end()
  }

  #settle({ receipt, dispute }: FromRequester, handler: WorkSessionHandler): Promise<void> | undefined {
    if (receipt !== undefined) return handler.receipt(this, receipt)
    return dispute && handler.dispute(this, dispute)
  }

  /** To be called when `run` is over: closes our side, and cuts the stream if the other side does not follow. */
  async finish(): Promise<void> {
    const closed = this.#stream.close().then(() => this.#stream.ended)
    if (await settledWithin(closed, CLOSE_TIMEOUT_MS)) return
    this.#stream.abort(new DriadError('network_unreachable', 'The requester did not close its side'))
  }

  /** Says that no more tasks are taken here; outcomes and receipts still pass. */
  async bye(reason: string): Promise<void> {
    if (this.#saidBye) return
    this.#saidBye = true
    await this.send({ bye: { reason: clipText(reason, REASON_BYTES) } })
  }

  /** Says goodbye, sends what is queued, and closes, within two seconds. */
  async close(reason: string): Promise<void> {
    if (this.#open) {
      void this.bye(reason)
      this.#flush()
      await settledWithin(this.#sent, CLOSE_TIMEOUT_MS)
    }
    this.#end()
    await this.finish()
  }

  abort(error: Error): void {
    this.#end()
    this.#stream.abort(error)
  }

  #push(outgoing: Outgoing): void {
    this.#out.push(outgoing)
    if (!mayWait(outgoing.message)) this.#flush()
    else if (!this.#sending) this.#joining ??= setTimeout(() => this.#flush(), JOIN_MS)
  }

  #flush(): void {
    clearTimeout(this.#joining)
    this.#joining = undefined
    if (this.#sending) return
    this.#sending = true
    // What else is said in this turn goes along.
    this.#sent = Promise.resolve().then(() => this.#pump())
  }

  async #pump(): Promise<void> {
    const stall = setTimeout(() => {
      this.abort(new DriadError('deadline_exceeded', 'The requester did not read what it was sent'))
    }, this.#limits.sendStallMs)
    try {
      while (this.#out.length > 0 && this.#open) {
        const batch = this.#out.splice(0, MAX_JOINED)
        for (const { message } of batch) this.#unmerge(message)
        await this.#send(batch)
        stall.refresh()
      }
    } finally {
      clearTimeout(stall)
      this.#sending = false
    }
  }

  async #send(batch: readonly Outgoing[]): Promise<void> {
    try {
      await this.#stream.sendAll(batch.map(({ message }) => message))
      this.activeAt = performance.now()
      for (const { sent } of batch) sent(true)
    } catch (error) {
      for (const { sent } of batch) sent(false)
      this.#logger.debug('A work stream broke', { peer: this.peerId, error })
      this.abort(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #unmerge({ chunk, step }: FromNode): void {
    if (step !== undefined) this.#pendingChars = Math.max(0, this.#pendingChars - step.reportJson.length)
    if (chunk === undefined) return
    if (this.#merging.get(chunk.taskId) === chunk) this.#merging.delete(chunk.taskId)
    this.#pendingChars = Math.max(0, this.#pendingChars - chunk.text.length)
  }

  #end(): void {
    if (!this.#open) return
    this.#open = false
    clearTimeout(this.#joining)
    this.#merging.clear()
    this.#silenced.clear()
    for (const { sent } of this.#out.splice(0)) sent(false)
  }
}

function mayWait({ accepted, started, credit, acknowledged }: FromNode): boolean {
  return (accepted ?? started ?? credit ?? acknowledged) !== undefined
}

/** Text in parts that each fit a chunk, never inside a surrogate pair. */
function* pieces(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(text.length, at + CHUNK_TEXT_CHARS)
    const last = text.charCodeAt(end - 1)
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end--
    yield text.slice(at, end)
    at = end
  }
}

function ignore(): void {}
