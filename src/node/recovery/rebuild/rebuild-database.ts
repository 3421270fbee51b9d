import { mkdirSync, rmSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { DriadError } from '../../../protocol/errors.ts'
import type { RecoveryLoss } from '../../../protocol/recovery-views.ts'
import { peerIdOfPublicKey } from '../../../protocol/wire/keys.ts'
import type { Anchor } from '../../ledger/anchor.ts'
import { readGaps } from '../../ledger/gaps.ts'
import { Connection } from '../../store/connection.ts'
import type { Migration, Reader } from '../../store/contract.ts'
import { migrate } from '../../store/migrate.ts'
import { migrations as allMigrations } from '../../store/migrations/index.ts'
import { carveEntries } from './carve-entries.ts'
import { type CopiedTable, copyTable } from './copy-table.ts'
import { EntryCollection, readEntries } from './ledger-entries.ts'
import { openCopy } from './open-copy.ts'
import { openDamaged } from './open-damaged.ts'
import { endOldRequests, removeOrphans, settleTasks } from './settle-tasks.ts'
import { tableShapes } from './table-shape.ts'

export interface RebuildInit {
  /** The database whose rows are to be saved. It is only read. */
  readonly path: string
  /** Where the new one goes; whole once this has resolved. */
  readonly targetPath: string
  /** A folder of its own for copies, which are removed. */
  readonly scratchFolder: string
  /** Raw Ed25519 key of whose data it is. */
  readonly publicKey: Uint8Array
  readonly anchor: Anchor | undefined
  /** Backups, the one to be preferred first. */
  readonly copies: readonly { readonly path: string; readonly madeAtMs: number }[]
  /** `copy`: everything is to be as in the first copy, but for the ledger, which never loses an entry. */
  readonly prefer: 'damaged' | 'copy'
  readonly nowMs: number
  readonly migrations?: readonly Migration[]
}

export interface Rebuilt {
  readonly lost: readonly RecoveryLoss[]
  /** Of the copy that something was taken from. */
  readonly copyAtMs?: number
}

/** Filled by itself, not row by row. */
const OWN_WAY: ReadonlySet<string> = new Set(['ledger', 'ledger_gaps', 'data_owner'])

/**
 * Makes a new database of what can be read of a damaged one, and for what cannot, of the newest copy whose ledger is of the same
 * history. Throws `identity_invalid` where the data is another identity's, `disk_full`, `store_corrupt` where no copy will do
 * though one was asked for.
 */
export async function rebuildDatabase(init: RebuildInit): Promise<Rebuilt> {
  const { targetPath, scratchFolder, publicKey, nowMs, anchor } = init
  const migrations = init.migrations ?? allMigrations
  rmSync(targetPath, { force: true })
  mkdirSync(scratchFolder, { recursive: true, mode: 0o700 })
  const damaged = openDamaged(init.path, scratchFolder, migrations)
  const target = new Connection({ path: targetPath, busyTimeoutMs: 0 })
  let copy: ReturnType<typeof openCopy> | undefined
  try {
    target.exec('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF')
    const version = init.prefer === 'copy' ? (migrations.at(-1)?.version ?? 0) : damaged.version
    migrate(
      target,
      targetPath,
      migrations.filter((step) => step.version <= version),
    )
    target.exec('BEGIN')
    const entries = new EntryCollection(target)
    if (damaged.connection !== undefined) {
      requireOwner(damaged.connection, publicKey)
      readEntries(damaged.connection, publicKey, (entry) => entries.add(entry))
    }
    await nextTurn()
    if (init.prefer === 'damaged' || damaged.connection === undefined) {
      carveEntries(init.path, publicKey, (entry) => entries.add(entry))
    }
    for (const each of init.copies) {
      copy = openCopy({ ...each, publicKey, anchor, target, version, scratchFolder, migrations })
      if (copy !== undefined || init.prefer === 'copy') break
    }
    if (copy === undefined && init.prefer === 'copy') {
      throw new DriadError(
        'store_corrupt',
        'This backup is damaged, or not of this identity and its ledger. Choose another',
      )
    }
    if (copy !== undefined) readEntries(copy.connection, publicKey, (entry) => entries.add(entry))
    await nextTurn()

    const tables = new Map<string, CopiedTable>()
    const sources = {
      damaged: init.prefer === 'copy' ? undefined : damaged.connection,
      copy: copy?.connection,
    }
    for (const shape of tableShapes(target)) {
      if (OWN_WAY.has(shape.name)) continue
      tables.set(shape.name, copyTable(target, shape, sources))
      await nextTurn()
    }
    target.exec('COMMIT')
    migrate(target, targetPath, migrations)
    target.exec('BEGIN')

    const known = [damaged.connection, copy?.connection].flatMap(safelyReadGaps)
    const gaps = entries.noteGaps(headOf(target, anchor), distinct(known), nowMs)
    if (init.prefer === 'damaged') endOldRequests(target, taskIdsOf(target, tables.get('requests')), nowMs)
    const proofs = settleTasks(target, nowMs)
    const orphans = removeOrphans(target)
    target.run('INSERT INTO data_owner (id, peer_id) VALUES (1, ?)', peerIdOfPublicKey(publicKey))
    target.exec('COMMIT')
    const [check] = target.all<{ integrity_check: string }>('PRAGMA integrity_check(1)')
    if (check?.integrity_check !== 'ok') {
      throw new DriadError(
        'internal',
        `The database that was made anew is not whole: ${check?.integrity_check}`,
      )
    }
    return {
      lost: [
        ...gaps.map(({ from, to }) => ({ what: 'entries', from, to }) as const),
        ...(proofs > 0 ? [{ what: 'proofs', count: proofs } as const] : []),
        ...rowLosses(tables, orphans, init.prefer),
      ],
      ...(copy !== undefined && { copyAtMs: copy.madeAtMs }),
    }
  } finally {
    damaged.connection?.close()
    copy?.connection.close()
    target.close()
    rmSync(scratchFolder, { recursive: true, force: true })
  }
}

/** Throws `identity_invalid` where the database says that it is somebody else's. */
function requireOwner(db: Reader, publicKey: Uint8Array): void {
  const own = peerIdOfPublicKey(publicKey)
  let owner: string | undefined
  try {
    owner = db.get<{ peer_id: string }>('SELECT peer_id FROM data_owner')?.peer_id
  } catch {
    return // damaged, or of an older version
  }
  if (owner === undefined || owner === own) return
  throw new DriadError(
    'identity_invalid',
    `The database is of ${owner}, and the identity of this folder is ${own}. Put back the identity file that belongs to it`,
  )
}

/** The newest entry that anything speaks of. */
function headOf(target: Reader, anchor: Anchor | undefined): { seq: number; hash?: string | undefined } {
  const told = ['node_tasks', 'requests'].map(
    (table) => target.get<{ seq: number | null }>(`SELECT max(ledger_seq) AS seq FROM ${table}`)?.seq ?? 0,
  )
  const seq = Math.max(anchor?.seq ?? 0, ...told)
  return { seq, hash: anchor?.seq === seq ? anchor.hash : undefined }
}

function safelyReadGaps(db: Reader | undefined) {
  try {
    return db === undefined ? [] : readGaps(db)
  } catch {
    return []
  }
}

function distinct<Gap extends { readonly from: number }>(gaps: readonly Gap[]): Gap[] {
  const byStart = new Map(gaps.map((gap) => [gap.from, gap]))
  return [...byStart.values()].toSorted((a, b) => a.from - b.from)
}

function taskIdsOf(target: Reader, requests: CopiedTable | undefined): string[] {
  // The key of a request is its number.
  return [...(requests?.fromCopy ?? [])].flatMap((key) => {
    const [seq] = JSON.parse(key) as [number]
    return target.get<{ task_id: string }>('SELECT task_id FROM requests WHERE seq = ?', seq)?.task_id ?? []
  })
}

function rowLosses(
  tables: ReadonlyMap<string, CopiedTable>,
  orphans: ReadonlyMap<string, number>,
  prefer: RebuildInit['prefer'],
): RecoveryLoss[] {
  // That everything is as in the copy is what was asked for.
  if (prefer === 'copy') return []
  return [...tables].flatMap(([table, { lost, fromCopy }]) => {
    const gone = orphans.get(table) ?? 0
    if (lost === 0 && fromCopy.size === 0 && gone === 0) return []
    return [
      { what: 'rows', table, lost: lost === null ? null : lost + gone, fromCopy: fromCopy.size } as const,
    ]
  })
}
