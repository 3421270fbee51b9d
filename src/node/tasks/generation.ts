import { randomInt } from 'node:crypto'
import { DriadError } from '../../protocol/errors.ts'
import type { GenerateRequest, InferenceEngine, TextPace, TextPiece } from '../inference/contract.ts'
import type { Embed, Generate } from '../workflow/contract.ts'
import { pause } from './abort.ts'
import type { ModelSource } from './contract.ts'

/** Between looks at an engine that says it is not there while the registry has not noticed yet. */
const RECHECK_MS = 50

export interface GenerationComponents {
  readonly engine: Pick<InferenceEngine, 'generate' | 'embed' | 'score'>
  readonly models: ModelSource
}

export interface GenerationInit {
  readonly model: string
  /** Crashes of the inference process that this task may survive. */
  readonly retries: number
  /** How long it waits for the model to be there (again). */
  readonly modelReturnMs: number
  /** `live` where absent. */
  readonly textPace?: TextPace
  /** Each new piece of a generation, with the tokens that it added. */
  readonly onTokens?: (added: number) => void
  readonly onRetry?: (crash: DriadError) => void
}

/** What the generations of one task came to, failed ones included. */
export interface GenerationTotals {
  promptTokens: number
  completionTokens: number
}

/**
 * Binds a task to its model. What the inference process did not survive is started again from its beginning once the
 * model is back; text that was given out already is not given out twice.
 */
export function bindModel(
  { engine, models }: GenerationComponents,
  init: GenerationInit,
): { readonly generate: Generate; readonly embed: Embed; readonly totals: GenerationTotals } {
  const totals: GenerationTotals = { promptTokens: 0, completionTokens: 0 }
  const pace = init.textPace === undefined ? {} : { textPace: init.textPace }
  let retriesLeft = init.retries

  /** Works until it is done, through restarts of the inference process; `begun` tells whether there is something to lose. */
  const persist = async <T>(
    work: () => Promise<T>,
    { signal, begun, restart }: { signal: AbortSignal; begun: () => boolean; restart: () => void },
  ): Promise<T> => {
    let waitUntil = 0
    let crash: DriadError | undefined
    for (;;) {
      try {
        return await work()
      } catch (cause) {
        if (signal.aborted) throw signal.reason
        if (!(cause instanceof DriadError)) throw cause
        if (cause.code === 'inference_crashed' && retriesLeft > 0) {
          retriesLeft--
          crash = cause
          init.onRetry?.(cause)
          waitUntil = performance.now() + init.modelReturnMs
          restart()
        } else if (cause.code === 'model_unavailable' && !begun()) {
          // The child is being restarted, or the model is being loaded: it has not begun.
          if (waitUntil === 0) waitUntil = performance.now() + init.modelReturnMs
          if (performance.now() >= waitUntil) throw crash ?? cause
        } else {
          throw cause
        }
        const back = await modelThere(models, init.model, waitUntil - performance.now(), signal)
        if (!back) throw crash ?? cause
      }
    }
  }

  const generate: Generate = async (request, { signal, onText }) => {
    // A seed of our own makes a second attempt tell the same story as the first.
    const bound: GenerateRequest = { ...request, model: init.model, seed: request.seed ?? randomInt(2 ** 32) }
    const relay = new TextRelay(onText)
    let live = 0
    let begun = false
    const onPiece = (piece: TextPiece) => {
      if (piece.tokens > live) init.onTokens?.(piece.tokens - live)
      live = Math.max(live, piece.tokens)
      relay.push(piece)
    }
    const attempt = async () => {
      try {
        const result = await engine.generate(bound, { signal, onText: onPiece, ...pace })
        if (result.completionTokens > live) init.onTokens?.(result.completionTokens - live)
        live = result.completionTokens
        totals.promptTokens += result.promptTokens
        return result
      } finally {
        totals.completionTokens += live
        begun = live > 0
        live = 0
      }
    }
    return persist(attempt, { signal, begun: () => begun, restart: () => relay.restart() })
  }

  const embed: Embed = async (request, { signal }) => {
    const bound = { ...request, model: init.model }
    const result = await persist(() => engine.embed(bound, { signal }), {
      signal,
      begun: () => false,
      restart: () => undefined,
    })
    totals.promptTokens += result.promptTokens
    return result
  }
  return { generate, embed, totals }
}

/** Waits until the model is served; false if it is not in time, or never will be. Rejects with the signal's reason. */
async function modelThere(
  models: ModelSource,
  name: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  // The registry may learn of a crash a moment after we do.
  await pause(Math.min(RECHECK_MS, Math.max(0, timeoutMs)), signal)
  const decided = () => models.get(name) !== undefined || !models.expected(name)
  if (!signal.aborted && !decided()) {
    const there = new AbortController()
    const unsubscribe = models.onChange(() => {
      if (decided()) there.abort()
    })
    try {
      await pause(timeoutMs, AbortSignal.any([signal, there.signal]))
    } finally {
      unsubscribe()
    }
  }
  signal.throwIfAborted()
  return models.get(name) !== undefined
}

/**
 * Gives out each character of a generation once. After a restart, text is held back until it goes beyond what was
 * given out; if the second attempt tells another story, nothing more is given out: the outcome holds the text.
 */
class TextRelay {
  readonly #onText: ((piece: TextPiece) => void) | undefined
  #given = ''
  #again = ''
  #replaying = false
  #silent = false

  constructor(onText: ((piece: TextPiece) => void) | undefined) {
    this.#onText = onText
  }

  restart(): void {
    this.#replaying = this.#given !== ''
    this.#again = ''
  }

  push(piece: TextPiece): void {
    if (this.#onText === undefined || this.#silent) return
    if (!this.#replaying) {
      this.#given += piece.text
      this.#onText(piece)
      return
    }
    this.#again += piece.text
    if (this.#again.length < this.#given.length) {
      this.#silent = !this.#given.startsWith(this.#again)
      return
    }
    this.#silent = !this.#again.startsWith(this.#given)
    if (this.#silent) return
    const text = this.#again.slice(this.#given.length)
    this.#replaying = false
    this.#given = this.#again
    if (text !== '') this.#onText({ text, tokens: piece.tokens })
  }
}
