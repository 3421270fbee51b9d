import { createHash } from 'node:crypto'
import { DriadError } from '../../protocol/errors.ts'
import { taskNoteStarts } from '../../protocol/task-notes.ts'
import { peerIdOfPublicKey } from '../../protocol/wire/keys.ts'
import { type Receipt, type Signed, TaskOutcome } from '../../protocol/wire/messages.pb.ts'
import { openSigned } from '../../protocol/wire/signing.ts'
import type { Identity } from '../identity/contract.ts'
import type { Ledger, LedgerEntry } from '../ledger/contract.ts'
import type { Logger } from '../logs/contract.ts'
import { SHARED_COMMIT } from '../store/shared-commit.ts'
import { type StoredTask, signedBy, type TaskStore } from './task-store.ts'

export interface ReceiptComponents {
  readonly tasks: TaskStore
  readonly ledger: Ledger
  readonly identity: Identity
  readonly logger: Logger
}

export interface TakenReceipt {
  readonly taskId: string
  readonly requester: string
  readonly contact: string
  /** False if it had been taken before. */
  readonly isNew: boolean
  readonly amountMicro: bigint
}

/**
 * Takes a receipt: checks it against the outcome that it is for, then writes the credit and the task's state in one
 * transaction. The same receipt again changes nothing. A receipt of nothing (a failure, a free task) only acknowledges.
 *
 * Throws `bad_signature`, `bad_message` (it does not fit the outcome; the message says where), `unknown_task`.
 */
export async function takeReceipt(
  signed: Signed,
  { tasks, ledger, identity, logger }: ReceiptComponents,
  deliveredAtMs: (taskId: string) => number | undefined,
): Promise<TakenReceipt> {
  const { message: receipt, publicKey } = openSigned('receipt', signed)
  const task = tasks.get(receipt.taskId)
  const bytes = task === undefined ? undefined : tasks.outcome(receipt.taskId)
  if (task === undefined || bytes === undefined) {
    throw new DriadError('unknown_task', 'This node has no result of that task')
  }
  if (peerIdOfPublicKey(publicKey) !== task.requester) {
    throw new DriadError('bad_signature', 'The receipt is not signed by the identity whose task it was')
  }
  const outcome = TaskOutcome.decode(bytes.payload)
  const difference = differenceOf(receipt, outcome, bytes.payload, identity.publicKey)
  if (difference !== undefined) {
    const reason = `${taskNoteStarts.wrongReceipt}${difference}`
    if (task.receiptState === 'waiting')
      await tasks.store.write((tx) => tasks.setUnpaidReason(tx, task.taskId, 'receipt_wrong', reason))
    throw new DriadError('bad_message', `The receipt does not fit the result: ${difference}`)
  }
  const taken = {
    taskId: task.taskId,
    requester: task.requester,
    contact: task.contact.peerId,
    amountMicro: receipt.amountMicro,
  }
  if (task.receiptState === 'acknowledged') return { ...taken, isNew: false }

  const atMs = Date.now()
  const { entry, isNew } = await tasks.store.write((tx) => {
    // Two receipts of one task may be in the same commit.
    const before = tx.get<{ state: string }>(
      'SELECT receipt_state AS state FROM node_tasks WHERE task_id = ?',
      task.taskId,
    )
    if (before?.state === 'acknowledged') return { entry: undefined, isNew: false }
    let written: LedgerEntry | undefined
    if (receipt.amountMicro > 0n) {
      written = ledger.append(tx, {
        direction: 'credit',
        receipt: signed,
        outcome: signedBy(identity.publicKey, bytes),
      })
    }
    const delivered = deliveredAtMs(task.taskId) ?? atMs
    tasks.markAcknowledged(tx, task.taskId, {
      deliveredAtMs: delivered,
      ...(written === undefined ? {} : { ledgerSeq: written.seq }),
    })
    acknowledgedTransitions(tasks, task, delivered, atMs, tx)
    return { entry: written, isNew: true }
  }, SHARED_COMMIT)
  if (entry !== undefined) ledger.committed(entry)
  if (isNew) {
    logger.info('A receipt was taken', {
      taskId: task.taskId,
      requester: task.requester,
      amountMicro: receipt.amountMicro.toString(),
    })
  }
  return { ...taken, isNew }
}

/** A success goes on to `acknowledged`; a failure stays what it is, with the acknowledgement in its history. */
function acknowledgedTransitions(
  tasks: TaskStore,
  task: StoredTask,
  deliveredAtMs: number,
  atMs: number,
  tx: Parameters<TaskStore['addTransitions']>[0],
): void {
  if (task.state !== 'completed') return
  tasks.addTransitions(tx, task.taskId, [
    { state: 'retrieved', atMs: deliveredAtMs },
    { state: 'acknowledged', atMs },
  ])
}

function differenceOf(
  receipt: Receipt,
  outcome: TaskOutcome,
  outcomePayload: Uint8Array,
  nodeKey: Uint8Array,
): string | undefined {
  if (!Buffer.from(receipt.node).equals(nodeKey)) return 'it is for another node'
  if (receipt.amountMicro !== outcome.amountMicro) {
    return `the amount is ${receipt.amountMicro} instead of ${outcome.amountMicro} micro-credits`
  }
  if (
    receipt.promptTokens !== outcome.promptTokens ||
    receipt.completionTokens !== outcome.completionTokens
  ) {
    return 'the numbers of tokens differ'
  }
  if (!Buffer.from(receipt.modelDigest).equals(outcome.modelDigest)) return "the model's digest differs"
  const hash = createHash('sha256').update(outcomePayload).digest()
  return hash.equals(receipt.resultHash) ? undefined : "the result's hash differs"
}
