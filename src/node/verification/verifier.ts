import { DriadError } from '../../protocol/errors.ts'
import type { Logger } from '../logs/contract.ts'
import type { Reputation } from '../reputation/reputation.ts'
import type { RequestStore } from '../requester/request-store.ts'
import { Turns } from '../requester/turns.ts'
import type { CheckDraw } from './check-draw.ts'
import { storedSubject, uncheckedResults, writeCheck } from './check-store.ts'
import type { Checker, CheckMethod, CheckSubject, Verdict } from './contract.ts'
import type { EvidenceBook } from './evidence-book.ts'

export interface VerifierComponents {
  readonly requests: RequestStore
  readonly reputation: Pick<Reputation, 'standing' | 'note'>
  readonly draw: CheckDraw
  /** What checks come to together. */
  readonly evidence: Pick<EvidenceBook, 'weigh' | 'isSuspected'>
  /** The first one that can check a result does. */
  readonly checkers: readonly Checker[]
  readonly logger: Logger
}

export const verifierLimits = {
  /** Checks under way at a time. */
  atOnce: 2,
  /**
   * Results that wait for their check, or are being checked; one more is taken unchecked, and the node's next one is not.
   * Fewer than may be on their way to the disk from one node, or nodes that are asked about each other would wait for ever.
   */
  maxHeld: 32,
  /** One check. What takes longer is taken unchecked. */
  checkMs: 90_000,
  /** A result is held no longer than this for its check, its wait included. */
  holdMs: 180_000,
  /** Earlier results of a node that are looked at once it is caught. */
  maxLateChecks: 32,
  /** Caught nodes whose earlier results wait to be looked at. */
  maxCaught: 64,
}

interface Held {
  readonly subject: CheckSubject
  /** Never rejects with anything but the reason of the stop. */
  readonly fault: Promise<string | undefined>
}

export type VerifierLimits = { readonly [Key in keyof typeof verifierLimits]: number }

/**
 * Checks some of the results before they are accepted and paid, which ones no node can know, and remembers what came of
 * it. Of a node that is caught, earlier results are checked, too.
 */
export class Verifier {
  readonly #components: VerifierComponents
  readonly #limits: VerifierLimits
  readonly #turns: Turns
  readonly #stopping = new AbortController()
  /** By task: results that wait for their verdict. */
  readonly #held = new Map<string, Held>()
  readonly #caught = new Set<string>()
  #late: Promise<void> | undefined

  constructor(components: VerifierComponents, limits: Partial<VerifierLimits> = {}) {
    this.#components = components
    this.#limits = { ...verifierLimits, ...limits }
    this.#turns = new Turns(this.#limits.atOnce)
  }

  /** Whether a result of the task is here and waits for its verdict: it has neither expired, nor is its node lost. */
  holds(taskId: string): boolean {
    return this.#held.has(taskId)
  }

  /**
   * Resolves with why the result must not be accepted; with undefined where it was not chosen, was found right, or
   * nothing could be found out. Rejects with `stopping` alone: nothing has been decided then.
   */
  async fault(subject: CheckSubject): Promise<string | undefined> {
    const { taskId, node } = subject
    const held = this.#held.get(taskId)
    if (held !== undefined && isSame(held.subject, subject)) return held.fault
    // Another result of a task that is being checked is not to slip by.
    if (held === undefined && !this.#isChosen(subject)) return undefined
    const checker = this.#checkerOf(subject)
    if (checker === undefined) return undefined
    if (this.#held.size >= this.#limits.maxHeld) {
      this.#components.draw.owe(node)
      return undefined
    }
    const before = held?.fault.catch(() => undefined)
    const fault = (before ?? Promise.resolve()).then(() => this.#check(checker, subject))
    const now = { subject, fault }
    this.#held.set(taskId, now)
    try {
      return await fault
    } finally {
      if (this.#held.get(taskId) === now) this.#held.delete(taskId)
    }
  }

  /** Gives up what is under way. Safe twice. */
  async stop(): Promise<void> {
    this.#stopping.abort(new DriadError('stopping', 'The requester is being stopped'))
    await Promise.allSettled([...[...this.#held.values()].map(({ fault }) => fault), this.#late])
  }

  async #check(checker: Checker, subject: CheckSubject): Promise<string | undefined> {
    const found = await this.#judge(checker, subject, this.#limits.holdMs)
    if (found === undefined) return undefined
    const verdict = await this.#record(checker.method, subject, found, false)
    if (verdict.kind !== 'refuted') return undefined
    this.#lookBack(subject.node)
    return verdict.reason
  }

  #isChosen(subject: CheckSubject): boolean {
    const { taskId, node, outcome } = subject
    const { draw, reputation, evidence } = this.#components
    if (!outcome.ok) return false
    const suspected = evidence.isSuspected(subject)
    return draw.chooses(taskId, node, { ...reputation.standing(node), suspected })
  }

  #checkerOf(subject: CheckSubject): Checker | undefined {
    return this.#components.checkers.find((checker) => checker.canCheck(subject))
  }

  /** Undefined where no check came about. Rejects with the reason of the stop. */
  async #judge(checker: Checker, subject: CheckSubject, withinMs: number): Promise<Verdict | undefined> {
    const { logger } = this.#components
    const { taskId, node } = subject
    try {
      const held = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(withinMs)])
      const done = await this.#turns.take(held)
      try {
        const signal = AbortSignal.any([held, AbortSignal.timeout(this.#limits.checkMs)])
        return await checker.check(subject, { signal })
      } finally {
        done()
      }
    } catch (error) {
      this.#stopping.signal.throwIfAborted()
      logger.warn('A result could not be checked', { taskId, node, error })
      return undefined
    }
  }

  /** Resolves with the verdict that counts: with all that is known of the node, it may be another one than was found. */
  async #record(method: CheckMethod, subject: CheckSubject, found: Verdict, late: boolean): Promise<Verdict> {
    const { requests, reputation, evidence, logger } = this.#components
    const { taskId, node } = subject
    let verdict = found
    try {
      await requests.store.write((tx) => {
        // What another node says of a node is not added up: a little each time would be easy to make up.
        verdict = method === 'own_model' ? evidence.weigh(tx, subject, found) : found
        const { kind, reason } = verdict
        const atMs = Date.now()
        writeCheck(tx, { taskId, node, method, verdict: kind, reason, late, atMs })
        const request = late && kind === 'refuted' ? requests.get(taskId, tx) : undefined
        if (request !== undefined) {
          const words = `A later check found the result wrong: ${reason}`
          requests.addTransition(tx, taskId, request.state, atMs, words)
        }
      })
    } catch (error) {
      logger.warn('What came of a check could not be written down', { taskId, node, error })
    }
    if (verdict.kind !== 'unclear') reputation.note(node, { type: verdict.kind })
    logger[verdict.kind === 'refuted' ? 'warn' : 'info']('A result was checked', {
      taskId,
      node,
      method,
      verdict: verdict.kind,
      reason: verdict.reason,
    })
    return verdict
  }

  #lookBack(node: string): void {
    if (this.#caught.size >= this.#limits.maxCaught) return
    this.#caught.add(node)
    this.#late ??= this.#checkCaught().finally(() => {
      this.#late = undefined
    })
  }

  /** One after the other: results that wait to be paid come first. */
  async #checkCaught(): Promise<void> {
    const { requests, logger } = this.#components
    for (const node of this.#caught) {
      this.#caught.delete(node)
      for (const taskId of uncheckedResults(requests, node, this.#limits.maxLateChecks)) {
        const subject = storedSubject(requests, taskId, node)
        const checker = subject && this.#checkerOf(subject)
        if (subject === undefined || checker === undefined) continue
        try {
          const verdict = await this.#judge(checker, subject, this.#limits.holdMs)
          if (verdict !== undefined) await this.#record(checker.method, subject, verdict, true)
        } catch {
          return
        }
      }
      logger.info('Earlier results of a node that was caught were looked at', { node })
    }
  }
}

function isSame(a: CheckSubject, b: CheckSubject): boolean {
  return (
    a.node === b.node &&
    a.outcome.result === b.outcome.result &&
    a.outcome.promptTokens === b.outcome.promptTokens &&
    a.outcome.completionTokens === b.outcome.completionTokens
  )
}
