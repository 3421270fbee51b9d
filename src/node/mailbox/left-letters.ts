import { z } from 'zod'
import type { PeerTarget } from '../network/contract.ts'
import type { Store, Transaction } from '../store/contract.ts'

export interface LeftLetter {
  readonly taskId: string
  readonly mailbox: PeerTarget
  readonly expiresAtMs: number
}

/** A result that its requester does not have yet. */
export interface OwedLetter {
  readonly taskId: string
  /** Peer ids: of who pays, and of the process to which it would be delivered. */
  readonly requester: string
  readonly contact: string
  /** How many mailboxes have it already. */
  readonly left: number
}

const addressList = z.array(z.string())

/** Where this node left results for requesters that were away. */
export class LeftLetters {
  readonly store: Store

  constructor(store: Store) {
    this.store = store
  }

  add(tx: Transaction, { taskId, mailbox, expiresAtMs }: LeftLetter): void {
    tx.run(
      'INSERT OR REPLACE INTO left_letters (task_id, mailbox, addresses, expires_at_ms) VALUES (?, ?, ?, ?)',
      taskId,
      mailbox.peerId,
      JSON.stringify(mailbox.addresses),
      expiresAtMs,
    )
  }

  remove(tx: Transaction, taskId: string, mailbox: string): void {
    tx.run('DELETE FROM left_letters WHERE task_id = ? AND mailbox = ?', taskId, mailbox)
  }

  removeExpired(tx: Transaction, nowMs: number): void {
    tx.run('DELETE FROM left_letters WHERE expires_at_ms <= ?', nowMs)
  }

  has(taskId: string, mailbox: string): boolean {
    return (
      this.store.get(
        'SELECT 1 AS found FROM left_letters WHERE task_id = ? AND mailbox = ?',
        taskId,
        mailbox,
      ) !== undefined
    )
  }

  /** Results that are due, to all or to one contact, and with fewer than so many mailboxes; the newest first. */
  owed(copies: number, limit: number, contact?: string): readonly OwedLetter[] {
    return this.store
      .all<{ task_id: string; requester: string; contact: string; left: number }>(
        `SELECT task_id, requester, contact, left FROM (
           SELECT t.task_id, t.requester, t.contact, t.ended_at_ms,
             (SELECT count(*) FROM left_letters l WHERE l.task_id = t.task_id) AS left
           FROM node_tasks t WHERE t.receipt_state = 'waiting'${contact === undefined ? '' : ' AND t.contact = ?'})
         WHERE left < ? ORDER BY ended_at_ms DESC LIMIT ?`,
        ...(contact === undefined ? [] : [contact]),
        copies,
        limit,
      )
      .map(({ task_id, ...row }) => ({ taskId: task_id, ...row }))
  }

  /** All after one, by mailbox: a round that was cut short goes on there. */
  after(mailbox: string, taskId: string, limit: number): readonly LeftLetter[] {
    return this.store
      .all<{ task_id: string; mailbox: string; addresses: string; expires_at_ms: number }>(
        `SELECT task_id, mailbox, addresses, expires_at_ms FROM left_letters
         WHERE (mailbox, task_id) > (?, ?) ORDER BY mailbox, task_id LIMIT ?`,
        mailbox,
        taskId,
        limit,
      )
      .map((row) => ({
        taskId: row.task_id,
        mailbox: { peerId: row.mailbox, addresses: addressList.parse(JSON.parse(row.addresses)) },
        expiresAtMs: row.expires_at_ms,
      }))
  }
}
