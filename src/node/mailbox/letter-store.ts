import type { Signed } from '../../protocol/wire/messages.pb.ts'
import type { Reader, Store, Transaction } from '../store/contract.ts'

export interface Letter {
  readonly taskId: string
  /** Peer ids. */
  readonly depositor: string
  readonly recipient: string
  readonly sealed: Uint8Array
  readonly leftAtMs: number
  readonly expiresAtMs: number
}

/** Payload and signature of the recipient's reply. */
export type StoredReply = Pick<Signed, 'payload' | 'signature'>

/** What this node knows of a letter without reading it. */
export interface LetterState {
  readonly depositor: string
  readonly recipient: string
  readonly reply?: StoredReply
}

/** Letters and bytes of one party, or of all. */
export interface LetterUse {
  readonly letters: number
  readonly bytes: number
}

/** The letters that this node keeps for others. */
export class LetterStore {
  readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  insert(tx: Transaction, letter: Letter): void {
    tx.run(
      `INSERT INTO letters (task_id, depositor, recipient, sealed, size_bytes, left_at_ms, expires_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      letter.taskId,
      letter.depositor,
      letter.recipient,
      letter.sealed,
      letter.sealed.byteLength,
      letter.leftAtMs,
      letter.expiresAtMs,
    )
  }

  /** The letter itself goes; the reply waits for the depositor. */
  reply(tx: Transaction, taskId: string, depositor: string, { payload, signature }: StoredReply): void {
    tx.run(
      `UPDATE letters SET sealed = NULL, size_bytes = ?, reply_payload = ?, reply_signature = ?
       WHERE task_id = ? AND depositor = ?`,
      payload.byteLength,
      payload,
      signature,
      taskId,
      depositor,
    )
  }

  delete(tx: Transaction, taskId: string, depositor: string): boolean {
    return tx.run('DELETE FROM letters WHERE task_id = ? AND depositor = ?', taskId, depositor).changes > 0
  }

  /** Returns the tasks of the letters that are gone. */
  deleteExpired(tx: Transaction, nowMs: number, limit: number): readonly string[] {
    const rows = tx.all<{ task_id: string; depositor: string }>(
      'SELECT task_id, depositor FROM letters WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?',
      nowMs,
      limit,
    )
    for (const { task_id, depositor } of rows) this.delete(tx, task_id, depositor)
    return rows.map((row) => row.task_id)
  }

  state(taskId: string, depositor: string, reader: Reader = this.store): LetterState | undefined {
    const row = reader.get<{
      recipient: string
      reply_payload: Uint8Array<ArrayBuffer> | null
      reply_signature: Uint8Array<ArrayBuffer> | null
    }>(
      'SELECT recipient, reply_payload, reply_signature FROM letters WHERE task_id = ? AND depositor = ?',
      taskId,
      depositor,
    )
    if (row === undefined) return undefined
    const { recipient, reply_payload: payload, reply_signature: signature } = row
    if (payload === null || signature === null) return { depositor, recipient }
    return { depositor, recipient, reply: { payload, signature } }
  }

  sealed(taskId: string, depositor: string): Uint8Array<ArrayBuffer> | undefined {
    const row = this.store.get<{ sealed: Uint8Array<ArrayBuffer> | null }>(
      'SELECT sealed FROM letters WHERE task_id = ? AND depositor = ?',
      taskId,
      depositor,
    )
    return row?.sealed ?? undefined
  }

  use(of: { depositor?: string; recipient?: string } = {}, reader: Reader = this.store): LetterUse {
    const [column, value] = Object.entries(of)[0] ?? []
    const row = reader.get<{ letters: number; bytes: number | null }>(
      `SELECT count(*) AS letters, sum(size_bytes) AS bytes FROM letters${column === undefined ? '' : ` WHERE ${column} = ?`}`,
      ...(value === undefined ? [] : [value]),
    )
    return { letters: row?.letters ?? 0, bytes: row?.bytes ?? 0 }
  }

  /** Tasks of letters that nobody has fetched, the newest first. */
  unfetched(limit: number): readonly string[] {
    return this.store
      .all<{ task_id: string }>(
        'SELECT task_id FROM letters WHERE reply_payload IS NULL ORDER BY left_at_ms DESC LIMIT ?',
        limit,
      )
      .map((row) => row.task_id)
  }
}
