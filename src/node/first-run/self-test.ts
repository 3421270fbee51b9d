import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { DriadError } from '../../protocol/errors.ts'
import {
  type SelfCheck,
  type SelfCheckView,
  type SelfTestView,
  selfChecks,
} from '../../protocol/first-run-views.ts'
import type { ReachabilityLevel } from '../../protocol/network-views.ts'
import { simpleWorkflow } from '../../protocol/workflow/simple.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { ModelSource } from '../tasks/contract.ts'
import type { TaskService } from '../tasks/task-service.ts'
import { askOverLoopback, type LoopbackInit } from './loopback.ts'

const PROMPT = 'Write one sentence about a tree.'
const MAX_TOKENS = 48
/** A large model on a slow processor takes its time over the first one. */
const MODEL_MS = 180_000
const NETWORK_MS = 30_000
/** How long a model that is still loading is waited for. */
const LOADING_MS = 120_000
/** DER of an Ed25519 public key (RFC 8410) up to its 32 bytes. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

export interface SelfTestComponents {
  readonly identity: Identity
  readonly tasks: Pick<TaskService, 'runLocal'>
  /** Under the names that tasks use. */
  readonly models: Pick<ModelSource, 'served' | 'onChange'>
  readonly loopback: () => Omit<LoopbackInit, 'identity' | 'logger'>
  readonly reach: () => ReachabilityLevel | undefined
  readonly logger: Logger
}

type Facts = Omit<SelfCheckView, 'id' | 'state' | 'error'>

/** Does once, for itself, what the node does for others: writes with a model, signs, and answers a peer. */
export class SelfTest {
  readonly #components: SelfTestComponents
  readonly #onChange: () => void
  #view: SelfTestView = { state: 'open', checks: selfChecks.map((id) => ({ id, state: 'waiting' })) }
  #running: Promise<SelfTestView> | undefined
  readonly #stopping = new AbortController()

  constructor(components: SelfTestComponents, onChange: () => void) {
    this.#components = components
    this.#onChange = onChange
  }

  view(): SelfTestView {
    return this.#view
  }

  /** Runs all checks, one after the other, also where one fails. A second caller joins the run that goes on. Never throws. */
  run(): Promise<SelfTestView> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new DriadError('stopping', 'Driad is being closed'))
    await this.#running
  }

  async #run(): Promise<SelfTestView> {
    this.#change({ state: 'running', checks: selfChecks.map((id) => ({ id, state: 'waiting' })) })
    const checks: Readonly<Record<SelfCheck, () => Promise<Facts>>> = {
      model: () => this.#write(),
      key: () => this.#sign(),
      network: () => this.#answer(),
    }
    for (const id of selfChecks) await this.#check(id, checks[id])
    const passed = this.#view.checks.every(({ state }) => state === 'passed')
    this.#change({ ...this.#view, state: passed ? 'passed' : 'failed' })
    return this.#view
  }

  async #check(id: SelfCheck, act: () => Promise<Facts>): Promise<void> {
    this.#set({ id, state: 'running' })
    const startedAt = performance.now()
    try {
      const facts = await act()
      this.#set({ id, state: 'passed', tookMs: Math.round(performance.now() - startedAt), ...facts })
    } catch (cause) {
      const { code, message } = DriadError.from(cause)
      this.#components.logger.warn(`The self-test of the ${id} failed: ${message}`, { code })
      this.#set({ id, state: 'failed', error: { code, message } })
    }
  }

  async #write(): Promise<Facts> {
    const model = await this.#servedModel()
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(MODEL_MS)])
    const run = await this.#components.tasks.runLocal(
      { workflow: simpleWorkflow({ prompt: PROMPT, maxTokens: MAX_TOKENS }), model },
      { signal },
    )
    if (!run.ok) throw run.error
    if (run.completionTokens === 0 || run.result.trim() === '')
      throw new DriadError('output_invalid', `The model ${model} wrote nothing`)
    const writingMs = run.totalMs - (run.firstTokenMs ?? 0)
    return {
      model,
      text: run.result,
      tokens: run.completionTokens,
      ...(writingMs > 0 && { tokensPerSecond: ((run.completionTokens - 1) * 1_000) / writingMs }),
    }
  }

  async #sign(): Promise<Facts> {
    const { identity } = this.#components
    const bytes = randomBytes(64)
    const key = createPublicKey({
      key: Buffer.concat([SPKI_PREFIX, identity.publicKey]),
      format: 'der',
      type: 'spki',
    })
    if (!verify(null, bytes, key, identity.sign(bytes)))
      throw new DriadError('identity_invalid', 'What this node signs cannot be verified with its public key')
    return {}
  }

  async #answer(): Promise<Facts> {
    const { identity, loopback, logger, reach } = this.#components
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(NETWORK_MS)])
    const level = reach()
    const asked = await askOverLoopback({ ...loopback(), identity, logger }, { signal })
    return { ...asked, ...(level !== undefined && { reach: level }) }
  }

  /** The one that came last: what was downloaded is of more interest than the built-in one. Waits for one that is loading. */
  async #servedModel(): Promise<string> {
    const { models } = this.#components
    const found = () => models.served().at(-1)?.name
    const first = found()
    if (first !== undefined) return first
    return await new Promise<string>((resolve, reject) => {
      const bound = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(LOADING_MS)])
      const end = () => {
        unsubscribe()
        bound.removeEventListener('abort', onAbort)
      }
      const onAbort = () => {
        end()
        reject(new DriadError('model_unavailable', 'No model is loaded. Load one in Models, and try again'))
      }
      const unsubscribe = models.onChange(() => {
        const name = found()
        if (name === undefined) return
        end()
        resolve(name)
      })
      bound.addEventListener('abort', onAbort, { once: true })
    })
  }

  #set(check: SelfCheckView): void {
    const checks = this.#view.checks.map((one) => (one.id === check.id ? check : one))
    this.#change({ ...this.#view, checks })
  }

  #change(view: SelfTestView): void {
    this.#view = view
    this.#onChange()
  }
}
