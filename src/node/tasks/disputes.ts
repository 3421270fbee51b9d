import { createHash } from 'node:crypto'
import { DriadError } from '../../protocol/errors.ts'
import { disputeCodeOf } from '../../protocol/payment.ts'
import { taskNoteStarts } from '../../protocol/task-notes.ts'
import type { DisputeView } from '../../protocol/task-views.ts'
import { peerIdOfPublicKey } from '../../protocol/wire/keys.ts'
import { type Signed, TaskOutcome } from '../../protocol/wire/messages.pb.ts'
import { openSigned } from '../../protocol/wire/signing.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { Reader } from '../store/contract.ts'
import type { TaskStore } from './task-store.ts'

export interface DisputeComponents {
  readonly tasks: TaskStore
  readonly identity: Identity
  readonly logger: Logger
}

export interface TakenDispute {
  readonly taskId: string
  readonly contact: string
  /** False if one of this task had been taken before. */
  readonly isNew: boolean
}

/**
 * Takes what a requester signed against a result: kept as it is, with the task. A result that was not paid for will not be, and
 * counts as lost; one that was paid for stays paid. The same dispute again changes nothing.
 *
 * Throws `bad_signature`, `bad_message` (it is about another result, or about a failure), `unknown_task`.
 */
export async function takeDispute(
  signed: Signed,
  { tasks, identity, logger }: DisputeComponents,
): Promise<TakenDispute> {
  const { message: dispute, publicKey, payload } = openSigned('dispute', signed)
  const { taskId } = dispute
  const task = tasks.get(taskId)
  const bytes = task === undefined ? undefined : tasks.outcome(taskId)
  if (task === undefined || bytes === undefined) {
    throw new DriadError('unknown_task', 'This node has no result of that task')
  }
  if (peerIdOfPublicKey(publicKey) !== task.requester) {
    throw new DriadError('bad_signature', 'The dispute is not signed by the identity whose task it was')
  }
  const hash = createHash('sha256').update(bytes.payload).digest()
  if (!Buffer.from(dispute.node).equals(identity.publicKey) || !hash.equals(dispute.resultHash)) {
    throw new DriadError('bad_message', 'The dispute is about another result')
  }
  if (!TaskOutcome.decode(bytes.payload).ok) {
    throw new DriadError('bad_message', 'A failure costs nothing and cannot be disputed')
  }
  const code = disputeCodeOf(dispute.code)
  const reason = dispute.reason === '' ? code : dispute.reason
  const atMs = Date.now()
  const isNew = await tasks.store.write((tx) => {
    const { changes } = tx.run(
      `INSERT INTO node_disputes (task_id, code, reason, payload, signature, received_at_ms)
       VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (task_id) DO NOTHING`,
      taskId,
      code,
      reason,
      payload,
      signed.signature,
      atMs,
    )
    if (changes === 0) return false
    tasks.markDisputed(tx, taskId, `${taskNoteStarts.disputed}${reason}`)
    const state = tasks.get(taskId, tx)?.state ?? task.state
    tasks.addTransitions(tx, taskId, [{ state, atMs, reason: `${taskNoteStarts.disputes}${reason}` }])
    return true
  })
  if (isNew) logger.warn('A requester disputes a result', { taskId, requester: task.requester, code, reason })
  return { taskId, contact: task.contact.peerId, isNew }
}

export function readDispute(reader: Reader, taskId: string): DisputeView | undefined {
  const row = reader.get<{ code: string; reason: string; at_ms: number }>(
    'SELECT code, reason, received_at_ms AS at_ms FROM node_disputes WHERE task_id = ?',
    taskId,
  )
  return row === undefined
    ? undefined
    : { code: disputeCodeOf(row.code), reason: row.reason, atMs: row.at_ms }
}
