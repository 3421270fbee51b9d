import type { Reader } from '../store/contract.ts'
import { LEAST_COUNTED_MICRO, MOST_COUNTED_MICRO, noAccount, type RequesterAccount } from './exposure-rule.ts'

interface AccountRow {
  requester: string
  results: number
  results_micro: bigint
  last_result_ms: number
  waiting_micro: bigint
  superseded_micro: bigint
  lost_micro: bigint
  acknowledged_micro: bigint
}

const COLUMNS =
  'requester, results, results_micro, last_result_ms, waiting_micro, superseded_micro, lost_micro, acknowledged_micro'

/** Results that were superseded longer ago than `supersededSinceMs` are forgiven. */
export function readAccount(reader: Reader, requester: string, supersededSinceMs: number): RequesterAccount {
  const row = reader.get<AccountRow>(
    `SELECT ${COLUMNS} FROM requester_accounts WHERE requester = ?`,
    requester,
  )
  if (row === undefined) return noAccount
  return {
    results: row.results,
    resultsMicro: row.results_micro,
    waitingMicro: row.waiting_micro,
    supersededMicro: row.superseded_micro === 0n ? 0n : supersededSince(reader, requester, supersededSinceMs),
    lostMicro: row.lost_micro,
    acknowledgedMicro: row.acknowledged_micro,
  }
}

function supersededSince(reader: Reader, requester: string, sinceMs: number): bigint {
  const row = reader.get<{ sum_micro: bigint | null }>(
    `SELECT sum(min(max(amount_micro, ?), ?)) AS sum_micro FROM node_tasks
     WHERE receipt_state = 'superseded' AND requester = ? AND ended_at_ms > ? AND error_code IS NULL`,
    LEAST_COUNTED_MICRO,
    MOST_COUNTED_MICRO,
    requester,
    sinceMs,
  )
  return row?.sum_micro ?? 0n
}

/** What requesters that never paid anything have left open, of those whose newest result is younger than `sinceMs`. */
export function strangersOpenMicro(reader: Reader, sinceMs: number): bigint {
  const row = reader.get<{ sum_micro: bigint | null }>(
    `SELECT sum(waiting_micro + superseded_micro + lost_micro) AS sum_micro
     FROM requester_accounts INDEXED BY requester_accounts_strangers
     WHERE acknowledged_micro = 0 AND waiting_micro + superseded_micro + lost_micro > 0 AND last_result_ms > ?`,
    sinceMs,
  )
  return row?.sum_micro ?? 0n
}

/** Peer ids of requesters, those that left most open or lost first. */
export function accountsAtStake(reader: Reader, limit: number, offset = 0): readonly string[] {
  return reader
    .all<{ requester: string }>(
      `SELECT requester FROM requester_accounts
       ORDER BY waiting_micro + superseded_micro + lost_micro DESC, acknowledged_micro DESC, requester LIMIT ? OFFSET ?`,
      limit,
      offset,
    )
    .map(({ requester }) => requester)
}
