import { DriadError } from '../../protocol/errors.ts'
import type { MessageStream } from './message-stream.ts'

/** Questions on one stream, one at a time, each with one answer. One that fails breaks the stream: open another. */
export class AnsweredStream<Question, Answer> {
  readonly #stream: MessageStream<Question, Answer>
  readonly #answers: AsyncIterator<Answer>

  constructor(stream: MessageStream<Question, Answer>) {
    this.#stream = stream
    this.#answers = stream.messages()[Symbol.asyncIterator]()
  }

  /** Throws `network_unreachable` where no answer comes, what the stream throws, or the signal's reason. */
  async ask(question: Question, { signal }: { signal: AbortSignal }): Promise<Answer> {
    const onAbort = () =>
      this.#stream.abort(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      signal.throwIfAborted()
      await this.#stream.send(question, { signal })
      const next = await this.#answers.next()
      if (!next.done) return next.value
      throw new DriadError('network_unreachable', 'The peer closed the stream without an answer')
    } catch (error) {
      signal.throwIfAborted()
      throw error
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Never rejects. */
  async close(): Promise<void> {
    await this.#stream.close().catch(() => undefined)
    this.#stream.abort(new DriadError('stopping', 'There are no more questions'))
  }
}
