import type {
  EmbedRequest,
  EmbedResult,
  GenerateOptions,
  GenerateRequest,
  GenerateResult,
  InferenceEngine,
} from '../../src/node/inference/contract.ts'
import { DriadError } from '../../src/protocol/errors.ts'
import { letterVector } from './letter-vector.ts'

/** One generation under way: the test says when text comes and how it ends. */
export interface GatedJob {
  readonly request: GenerateRequest
  readonly signal: AbortSignal | undefined
  say(text: string): void
  finish(): void
  fail(error: Error): void
  /** What a killed inference process looks like. */
  crash(): void
  readonly ended: boolean
}

/** The text of the last message of a request. */
export function promptOf(request: Pick<GenerateRequest, 'messages'>): string {
  const last = request.messages.at(-1)
  return last === undefined ? '' : last.role === 'call' ? last.answer : last.content
}

/** An engine whose generations wait for the test. Everything around it is real. */
export class GatedEngine implements Pick<InferenceEngine, 'generate' | 'embed' | 'score'> {
  /** Answers that are given at once instead of waiting: `(prompt) => text`. */
  auto: ((prompt: string) => string) | undefined
  /** Such answers take a turn of the event loop and a little more, so that tasks overlap. */
  delay = false
  readonly jobs: GatedJob[] = []
  running = 0
  peak = 0
  #waiting: (() => void)[] = []
  #taken = 0

  /** The next generation that was started and not taken by the test yet. */
  async next(): Promise<GatedJob> {
    for (;;) {
      const job = this.jobs[this.#taken]
      if (job !== undefined) {
        this.#taken++
        return job
      }
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
      })
    }
  }

  /** One dimension for each letter: texts of the same letters are the same. */
  async embed({ texts }: EmbedRequest): Promise<EmbedResult> {
    return { vectors: texts.map(letterVector), promptTokens: texts.length }
  }

  /** Nothing here is a model's. */
  score(): Promise<never> {
    return Promise.reject(new DriadError('model_unavailable', 'There is no model to score with'))
  }

  generate(request: GenerateRequest, options: GenerateOptions = {}): Promise<GenerateResult> {
    const prompt = promptOf(request)
    if (options.signal?.aborted) return Promise.reject(options.signal.reason)
    this.running++
    this.peak = Math.max(this.peak, this.running)
    const { promise, resolve, reject } = Promise.withResolvers<GenerateResult>()
    const startedAt = performance.now()
    let text = ''
    let tokens = 0
    let ended = false
    const end = (settle: () => void) => {
      if (ended) return
      ended = true
      this.running--
      options.signal?.removeEventListener('abort', onAbort)
      settle()
    }
    const onAbort = () => end(() => reject(options.signal?.reason))
    options.signal?.addEventListener('abort', onAbort)
    const job: GatedJob = {
      request,
      signal: options.signal,
      say: (piece) => {
        if (ended) return
        text += piece
        tokens++
        options.onText?.({ text: piece, tokens })
      },
      finish: () =>
        end(() =>
          resolve({
            text,
            promptTokens: prompt.length,
            completionTokens: tokens,
            stopReason: 'stop',
            totalMs: performance.now() - startedAt,
          }),
        ),
      fail: (error) => end(() => reject(error)),
      crash: () => end(() => reject(new DriadError('inference_crashed', 'The inference process ended'))),
      get ended() {
        return ended
      },
    }
    this.jobs.push(job)
    for (const wake of this.#waiting.splice(0)) wake()
    const { auto } = this
    if (auto !== undefined) {
      const answer = () => {
        job.say(auto(prompt))
        job.finish()
      }
      if (this.delay) setTimeout(answer, 10)
      else queueMicrotask(answer)
    }
    return promise
  }
}
