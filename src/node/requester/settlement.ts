import { createHash } from 'node:crypto'
import { DriadError, type DriadErrorCode } from '../../protocol/errors.ts'
import type { DisputeCode } from '../../protocol/payment.ts'
import { peerIdOfPublicKey, publicKeyOfPeerId } from '../../protocol/wire/keys.ts'
import { type Signed, TaskOutcome } from '../../protocol/wire/messages.pb.ts'
import { type Opened, openSigned, signMessage } from '../../protocol/wire/signing.ts'
import type { Workflow } from '../../protocol/workflow/schema.ts'
import type { Identity } from '../identity/contract.ts'
import type { Ledger, LedgerEntry } from '../ledger/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { PeerTarget } from '../network/contract.ts'
import type { Transaction } from '../store/contract.ts'
import type { Verifier } from '../verification/verifier.ts'
import type { DisputeStore } from './dispute-store.ts'
import type { PlacedTasks } from './placed-tasks.ts'
import { plausibleScore, plausibleTokens } from './plausible-tokens.ts'
import type { RequestStore } from './request-store.ts'
import type { RequestAssignment, RequestContents, Settled } from './request-types.ts'
import { outcomeError, outcomeFault } from './verify-outcome.ts'

export interface SettlementComponents {
  readonly requests: RequestStore
  readonly identity: Identity
  readonly ledger: Pick<Ledger, 'append' | 'committed'>
  readonly placed: Pick<PlacedTasks, 'landing'>
  readonly disputes: Pick<DisputeStore, 'record'>
  /** A dispute is on disk and is to be told. */
  readonly disputed: () => void
  readonly parseWorkflow: (json: string) => Workflow
  /** Looks closer at some of the results. */
  readonly verifier?: Pick<Verifier, 'fault'> | undefined
  readonly logger: Logger
}

export type Settlement =
  /** It is the one that counts: stored, paid, and the receipt is to be sent. */
  | {
      readonly kind: 'settled'
      readonly taskId: string
      readonly settled: Settled
      /** By our clock. */
      readonly assignedAtMs: number
      /** Others that had the task, too, and may still be at it. */
      readonly others: readonly PeerTarget[]
    }
  /** It came before: the same receipt is to be sent again. */
  | { readonly kind: 'again'; readonly taskId: string; readonly receipt: Signed }
  /** The task ended otherwise. A failure is acknowledged all the same, so that the node can forget it. */
  | { readonly kind: 'late'; readonly taskId: string; readonly receipt?: Signed }
  /** It is addressed to us, and of a task that is not in this data folder: of no use, and it is not to be sent again. */
  | { readonly kind: 'unknown'; readonly taskId: string }
  /** It is wrong, and the node that sent it has lost the task. `taskId` is absent where not even that can be told. */
  | {
      readonly kind: 'refused'
      readonly taskId?: string
      readonly reason: string
      /** `bad_message` where absent. */
      readonly code?: DriadErrorCode
    }

/** Why an outcome is not accepted. */
interface Refusal {
  readonly code: DisputeCode
  readonly reason: string
  readonly outcome: Signed
}

type Decision = Settlement & { readonly entry?: LedgerEntry }

/** Checks outcomes, and writes the one that counts together with its debit and its signed receipt. */
export class Settler {
  readonly #components: SettlementComponents

  constructor(components: SettlementComponents) {
    this.#components = components
  }

  /**
   * Judges an outcome that came from a node. When this resolves with `settled`, the outcome, the debit and the
   * receipt are on disk, all or none. Rejects only where the store does; the outcome may be offered again then.
   */
  async settle(node: string, signed: Signed): Promise<Settlement> {
    let opened: Opened<TaskOutcome>
    try {
      opened = openSigned('outcome', signed)
    } catch (error) {
      return { kind: 'refused', reason: DriadError.from(error).message }
    }
    const { taskId } = opened.message
    if (peerIdOfPublicKey(opened.publicKey) !== node) {
      return {
        kind: 'refused',
        reason: 'The outcome is signed by another key than that of the node that sent it',
      }
    }
    await this.#components.placed.landing(taskId)
    // The task is on disk before anybody is paid for it, and its contents never change: no need to hold the lock.
    const contents = this.#components.requests.contents(taskId)
    if (contents === undefined) {
      // It may have been given to a node in the moment in which we were killed, and never have reached our disk (ADR 0010).
      if (Buffer.compare(opened.message.requester, this.#components.identity.publicKey) === 0)
        return { kind: 'unknown', taskId }
      return { kind: 'refused', reason: `The outcome is of a task (${taskId}) that is not ours` }
    }

    const wrong = await this.#wrong(node, opened.message, contents)
    if (wrong !== undefined) {
      const reason = `The node's result was found to be wrong: ${wrong}`
      await this.#components.requests.store.write((tx) =>
        this.#refuse(tx, taskId, node, { code: 'failed_verification', reason, outcome: signed }),
      )
      this.#components.disputed()
      return { kind: 'refused', taskId, reason, code: 'verification_failed' }
    }
    const decision = await this.#decideDurably(node, opened, signed, contents)
    if (decision.entry !== undefined) this.#components.ledger.committed(decision.entry)
    if (decision.kind === 'refused' && decision.taskId !== undefined) this.#components.disputed()
    return decision
  }

  /** What a closer look finds, where one is taken; only at what would be paid for. */
  async #wrong(node: string, outcome: TaskOutcome, contents: RequestContents): Promise<string | undefined> {
    const { requests, verifier } = this.#components
    if (verifier === undefined || !outcome.ok) return undefined
    const { taskId } = outcome
    const assignment = requests.assignments.get(taskId, node)
    if (assignment === undefined || requests.get(taskId)?.endedAtMs !== undefined) return undefined
    if (this.#fault(outcome, assignment, contents) !== undefined) return undefined
    return verifier.fault({ taskId, node, assignment, contents, outcome })
  }

  #fault(outcome: TaskOutcome, assignment: RequestAssignment, contents: RequestContents): string | undefined {
    const { identity, parseWorkflow } = this.#components
    const plausible = plausibleTokens(parseWorkflow(contents.workflowJson), {
      contextSize: assignment.contextSize,
      ...(contents.input !== undefined && { input: contents.input }),
    })
    const { scoreText } = contents
    return outcomeFault(outcome, {
      assignment,
      requester: identity.publicKey,
      plausible: scoreText === undefined ? plausible : plausibleScore(plausible, scoreText),
    })
  }

  async #decideDurably(
    node: string,
    opened: Opened<TaskOutcome>,
    signed: Signed,
    contents: RequestContents,
  ): Promise<Decision> {
    const { requests } = this.#components
    try {
      return await requests.store.write((tx) => this.#decide(tx, node, opened, signed, contents))
    } catch (error) {
      // The ledger says that receipt and outcome do not agree. Nothing was written; the store's own failures go on.
      if (!(error instanceof DriadError) || (error.code !== 'bad_message' && error.code !== 'bad_signature'))
        throw error
      const refusal = { code: 'not_as_agreed', reason: error.message, outcome: signed } as const
      await requests.store.write((tx) => this.#refuse(tx, opened.message.taskId, node, refusal))
      return { kind: 'refused', taskId: opened.message.taskId, reason: refusal.reason }
    }
  }

  #decide(
    tx: Transaction,
    node: string,
    opened: Opened<TaskOutcome>,
    signed: Signed,
    contents: RequestContents,
  ): Decision {
    const { requests, identity, ledger } = this.#components
    const { message: outcome } = opened
    const { taskId } = outcome
    const request = requests.get(taskId, tx)
    const assignments = requests.assignments.all(taskId, tx)
    const assignment = assignments.find((one) => one.node === node)
    if (request === undefined || assignment === undefined) {
      return { kind: 'refused', reason: `The task ${taskId} was not given to the node that says it did it` }
    }
    if (request.endedAtMs !== undefined) {
      if (request.node === node && request.receiptState !== 'none') {
        const receipt = requests.receipt(taskId, identity.publicKey, tx)
        if (receipt !== undefined) return { kind: 'again', taskId, receipt }
      }
      return outcome.ok
        ? { kind: 'late', taskId }
        : { kind: 'late', taskId, receipt: this.#receipt(node, opened) }
    }
    const fault = this.#fault(outcome, assignment, contents)
    if (fault !== undefined) {
      const reason = `The node's outcome was refused: ${fault}`
      this.#refuse(tx, taskId, node, { code: 'not_as_agreed', reason, outcome: signed })
      return { kind: 'refused', taskId, reason }
    }

    const receipt = this.#receipt(node, opened)
    const entry =
      outcome.amountMicro > 0n
        ? ledger.append(tx, { direction: 'debit', receipt, outcome: signed })
        : undefined
    const settled = settledOf(outcome, {
      node,
      model: assignment.model,
      outcome: signed,
      receipt,
      ...(entry !== undefined && { ledgerSeq: entry.seq }),
      ...(request.copyOf !== undefined && { copyOf: request.copyOf }),
    })
    requests.settle(tx, taskId, settled)
    return {
      kind: 'settled',
      taskId,
      settled,
      assignedAtMs: assignment.assignedAtMs,
      others: targetsOf(assignments.filter((one) => one !== assignment)),
      ...(entry !== undefined && { entry }),
    }
  }

  /** The node loses the task, and what it would get for it; the reason stays with the task, and the node is told it. */
  #refuse(tx: Transaction, taskId: string, node: string, { code, reason, outcome }: Refusal): void {
    const { requests, disputes, logger } = this.#components
    logger.warn('An outcome was refused', { taskId, node, reason })
    const atMs = Date.now()
    const addresses = requests.assignments.get(taskId, node, tx)?.addresses ?? []
    // A failure costs nothing: there is nothing to dispute.
    if (TaskOutcome.decode(outcome.payload).ok) {
      disputes.record(tx, { taskId, target: { peerId: node, addresses }, code, reason, outcome })
    }
    // A node that had lost it already is only forgotten, and its attempt is still on record.
    if (!requests.assignments.unassign(tx, taskId, node, { atMs, reason, forget: true })) {
      const request = requests.get(taskId, tx)
      if (request !== undefined) requests.addTransition(tx, taskId, request.state, atMs, reason)
    }
  }

  #receipt(node: string, { message: outcome, payload }: Opened<TaskOutcome>): Signed {
    return signMessage(
      'receipt',
      {
        taskId: outcome.taskId,
        node: new Uint8Array(publicKeyOfPeerId(node)),
        resultHash: new Uint8Array(createHash('sha256').update(payload).digest()),
        modelDigest: outcome.modelDigest,
        promptTokens: outcome.promptTokens,
        completionTokens: outcome.completionTokens,
        amountMicro: outcome.amountMicro,
        issuedAtMs: Date.now(),
      },
      this.#components.identity,
    )
  }
}

/** Where the nodes that have a task are asked for it. */
export function targetsOf(assignments: readonly RequestAssignment[]): readonly PeerTarget[] {
  return assignments.map(({ node, addresses }) => ({ peerId: node, addresses }))
}

function settledOf(
  outcome: TaskOutcome,
  base: Pick<Settled, 'node' | 'model' | 'outcome' | 'receipt' | 'ledgerSeq' | 'copyOf'>,
): Settled {
  const error = outcome.ok ? undefined : outcomeError(outcome)
  return {
    ...base,
    state: error === undefined ? 'retrieved' : failedState(error.code),
    stats: {
      promptTokens: outcome.promptTokens,
      completionTokens: outcome.completionTokens,
      ...(outcome.firstTokenMs !== undefined && { firstTokenMs: outcome.firstTokenMs }),
      totalMs: outcome.totalMs,
    },
    amountMicro: outcome.amountMicro,
    ...(error !== undefined && { error }),
    atMs: Date.now(),
  }
}

function failedState(code: string): Settled['state'] {
  if (code === 'cancelled') return 'cancelled'
  return code === 'deadline_exceeded' ? 'expired' : 'failed'
}
