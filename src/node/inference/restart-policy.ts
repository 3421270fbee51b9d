export interface RestartPolicyInit {
  /** Wait before the first restart in a row. Milliseconds. */
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  /** That many failures within the window, with no work done in between, and it is left alone for a rest. */
  readonly maxFailures: number
  readonly windowMs: number
  /** The first rest, in milliseconds; each further one in a row is twice as long. */
  readonly firstRestMs: number
  readonly maxRestMs: number
}

/** Decides whether a process that failed is started again, and when. Doubles the wait with each failure in a row. */
export class RestartPolicy {
  readonly #init: RestartPolicyInit
  #failuresMs: number[] = []
  #inARow = 0
  #rests = 0

  constructor(init: RestartPolicyInit) {
    this.#init = init
  }

  /** To be called at a failure: how long to wait before the next start, or undefined where it needs a rest. */
  failed(nowMs: number): number | undefined {
    const { windowMs, maxFailures } = this.#init
    this.#failuresMs = [...this.#failuresMs.filter((atMs) => nowMs - atMs < windowMs), nowMs]
    const delayMs = this.delay()
    return this.#failuresMs.length >= maxFailures ? undefined : delayMs
  }

  /** The next wait, for a failure that has another to blame than the process. */
  delay(): number {
    const { firstDelayMs, maxDelayMs } = this.#init
    return Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(this.#inARow++, 20))
  }

  /** How long to leave it alone after too many failures: a node that nobody watches must come back by itself. */
  rest(): number {
    const { firstRestMs, maxRestMs } = this.#init
    return Math.min(maxRestMs, firstRestMs * 2 ** Math.min(this.#rests++, 20))
  }

  /** The process did its work: earlier failures no longer count. */
  worked(): void {
    this.#failuresMs = []
    this.#inARow = 0
    this.#rests = 0
  }
}
