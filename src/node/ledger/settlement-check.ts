import { peerIdOfPublicKey, publicKeyOfPeerId } from '../../protocol/wire/keys.ts'
import type { Connection } from '../store/connection.ts'
import type { ProblemList } from './chain-checker.ts'
import type { LedgerDirection } from './contract.ts'
import { readGaps } from './gaps.ts'
import { openSettlement } from './statements/settlement-file.ts'

interface SettledRow {
  hash: Uint8Array
  direction: LedgerDirection
  counterparty: string
  entries: number
  total_micro: bigint
  payload: Uint8Array
  signature: Uint8Array
  settlement_payload: Uint8Array
  settlement_signature: Uint8Array
}

/**
 * What was settled must be what both parties signed: each statement's entries, no more, no fewer but for those that are known to be
 * lost, and of that party alone.
 */
export function checkSettlements(db: Connection, ownKey: Uint8Array, problems: ProblemList): void {
  if (db.get("SELECT 1 AS found FROM sqlite_schema WHERE name = 'ledger_settled'") === undefined) return
  const strays = db.all<{ seq: number }>(
    `SELECT seq FROM ledger_settled LEFT JOIN ledger_statements ON hash = statement WHERE settled_at_ms IS NULL LIMIT 100`,
  )
  for (const { seq } of strays) problems.add(`Entry ${seq} is marked as settled by nothing`, seq)
  const lost = readGaps(db).reduce((sum, { from, to }) => sum + to - from + 1, 0)
  const rows = db.all<SettledRow>(
    `SELECT hash, direction, counterparty, entries, total_micro, payload, signature, settlement_payload,
       settlement_signature FROM ledger_statements WHERE settled_at_ms IS NOT NULL`,
  )
  for (const row of rows) {
    const name = `The settled statement ${Buffer.from(row.hash).toString('hex').slice(0, 16)}`
    try {
      for (const problem of problemsOf(db, row, ownKey, lost)) problems.add(`${name} ${problem}`)
    } catch (error) {
      problems.add(`${name} cannot be believed: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

function problemsOf(db: Connection, row: SettledRow, ownKey: Uint8Array, lost: number): string[] {
  const other = publicKeyOfPeerId(row.counterparty)
  const [nodeKey, requesterKey] = row.direction === 'credit' ? [ownKey, other] : [other, ownKey]
  const { statement } = openSettlement(
    {
      payload: new Uint8Array(row.payload),
      publicKey: new Uint8Array(nodeKey),
      signature: new Uint8Array(row.signature),
    },
    {
      payload: new Uint8Array(row.settlement_payload),
      publicKey: new Uint8Array(requesterKey),
      signature: new Uint8Array(row.settlement_signature),
    },
  )
  const problems: string[] = []
  if (
    statement.hash !== Buffer.from(row.hash).toString('hex') ||
    statement.requester !== peerIdOfPublicKey(requesterKey) ||
    statement.entries !== row.entries ||
    statement.totalMicro !== row.total_micro
  ) {
    problems.push('is not the one that was signed')
  }
  const found = db.get<{
    entries: number
    strange: number | null
    high_micro: bigint | null
    low_micro: bigint | null
  }>(
    `SELECT count(*) AS entries, sum(direction <> ? OR counterparty <> ?) AS strange,
       sum(amount_micro >> 32) AS high_micro, sum(amount_micro & 4294967295) AS low_micro
     FROM ledger_settled JOIN ledger ON ledger.seq = ledger_settled.seq WHERE statement = ?`,
    row.direction,
    row.counterparty,
    row.hash,
  )
  const sumMicro = ((found?.high_micro ?? 0n) << 32n) + (found?.low_micro ?? 0n)
  const fewer = row.entries - (found?.entries ?? 0)
  const isLost = fewer > 0 && fewer <= lost && sumMicro < row.total_micro
  if (isLost) return problems
  if (found?.entries !== row.entries || sumMicro !== row.total_micro) {
    problems.push(
      `has ${found?.entries ?? 0} entries for ${sumMicro} micro-credits here, and ${row.entries} for ${row.total_micro} in it`,
    )
  }
  if ((found?.strange ?? 0) > 0) problems.push('has entries of somebody else')
  return problems
}
