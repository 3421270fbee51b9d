import type { Reader, Transaction } from '../store/contract.ts'
import type { PeerRecord } from './peer-record.ts'

interface PeerRow {
  node: string
  at_ms: number
  succeeded: number
  failed: number
  agreed: number
  refuted: number
  speed_log_sum: number
  speed_weight: number
  delay_ms_sum: number
  delay_weight: number
}

/** Nodes that are remembered; those that nothing was heard of for longest are forgotten first. */
export const MAX_PEER_RECORDS = 10_000

export function readPeerRecord(reader: Reader, node: string): PeerRecord | undefined {
  const row = reader.get<PeerRow>('SELECT * FROM peer_reputation WHERE node = ?', node)
  return row === undefined ? undefined : recordOf(row)
}

/** The latest first. */
export function readPeerRecords(reader: Reader, limit: number): readonly PeerRecord[] {
  return reader.all<PeerRow>('SELECT * FROM peer_reputation ORDER BY at_ms DESC LIMIT ?', limit).map(recordOf)
}

export function writePeerRecord(tx: Transaction, record: PeerRecord): void {
  tx.run(
    `INSERT OR REPLACE INTO peer_reputation (node, at_ms, succeeded, failed, agreed, refuted, speed_log_sum, speed_weight,
       delay_ms_sum, delay_weight)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    record.node,
    record.atMs,
    record.succeeded,
    record.failed,
    record.agreed,
    record.refuted,
    record.speedLogSum,
    record.speedWeight,
    record.delayMsSum,
    record.delayWeight,
  )
}

/** Forgets what is above the bound. A node that was caught is kept before others. */
export function prunePeerRecords(tx: Transaction, keep: number): void {
  tx.run(
    `DELETE FROM peer_reputation WHERE node IN (
       SELECT node FROM peer_reputation ORDER BY refuted > 0.05 DESC, at_ms DESC LIMIT -1 OFFSET ?)`,
    keep,
  )
}

function recordOf(row: PeerRow): PeerRecord {
  return {
    node: row.node,
    atMs: row.at_ms,
    succeeded: row.succeeded,
    failed: row.failed,
    agreed: row.agreed,
    refuted: row.refuted,
    speedLogSum: row.speed_log_sum,
    speedWeight: row.speed_weight,
    delayMsSum: row.delay_ms_sum,
    delayWeight: row.delay_weight,
  }
}
