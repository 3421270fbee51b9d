import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { verifyLedgerFile } from '../ledger/verify-ledger.ts'
import { newestVersion } from '../store/migrate.ts'
import { migrations } from '../store/migrations/index.ts'
import type { SafeText } from './safe-text.ts'
import type { DiagnosticsSources } from './sources.ts'

/** A ledger of a million entries takes longer; the bundle does without then. */
const VERIFY_MS = 30_000
const MAX_PROBLEMS = 50

/** Rows and bytes of the database, and what else is in the data folder, by its size. */
export function storeFacts({ store, folder }: DiagnosticsSources): unknown {
  const tables = store.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  )
  const pragma = (name: string) =>
    store.get<Record<string, number>>(`SELECT ${name} AS value FROM pragma_${name}`)?.['value'] ?? null
  return {
    schema: { version: pragma('user_version'), newest: newestVersion(migrations) },
    pageSize: pragma('page_size'),
    pages: pragma('page_count'),
    freePages: pragma('freelist_count'),
    // Of the schema's own names: nobody else makes tables.
    rows: Object.fromEntries(tables.map(({ name }) => [name, rowsOf(store, name)])),
    files: filesOf(folder.path),
  }
}

/** How many entries there are, and whether they are what they were. No amounts, and no parties. */
export async function ledgerFacts(
  { store, folder, identity }: DiagnosticsSources,
  safe: SafeText,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<unknown> {
  const byKind = store.all<{ direction: string; entries: number }>(
    'SELECT direction, count(*) AS entries FROM ledger GROUP BY direction ORDER BY direction',
  )
  return {
    entries: Object.fromEntries(byKind.map(({ direction, entries }) => [direction, entries])),
    verification:
      identity === undefined ? null : await verification(folder, identity.publicKey, safe, options),
  }
}

async function verification(
  folder: DiagnosticsSources['folder'],
  publicKey: Uint8Array,
  safe: SafeText,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<unknown> {
  const bound = AbortSignal.timeout(VERIFY_MS)
  try {
    const { ok, entries, problems } = await verifyLedgerFile(
      { path: folder.databasePath, anchorPath: folder.ledgerAnchorPath, publicKey },
      { signal: signal === undefined ? bound : AbortSignal.any([signal, bound]) },
    )
    const told = problems
      .slice(0, MAX_PROBLEMS)
      .map(({ seq, message }) => ({ seq: seq ?? null, message: safe.text(message) }))
    return { ok, entries, problems: problems.length, first: told }
  } catch (cause) {
    signal?.throwIfAborted()
    if (bound.aborted) return { ok: null, because: `It took longer than ${VERIFY_MS / 1000} s` }
    throw cause
  }
}

function rowsOf(store: DiagnosticsSources['store'], table: string): number | null {
  try {
    return (
      store.get<{ rows: number }>(`SELECT count(*) AS rows FROM "${table.replaceAll('"', '""')}"`)?.rows ??
      null
    )
  } catch {
    return null // damaged: the health check says so
  }
}

/** Of files in folders below, number and size alone: their names are of models and of people. */
function filesOf(folder: string): unknown {
  try {
    return readdirSync(folder, { withFileTypes: true }).map((entry) => {
      const path = join(folder, entry.name)
      const name =
        /^[a-z0-9-]{1,24}(?:\.[a-z0-9-]{1,16}){0,3}$/.test(entry.name) && isOurs(entry.name)
          ? entry.name
          : 'other'
      if (!entry.isDirectory())
        return { name, sizeBytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0 }
      const inside = readdirSync(path, { withFileTypes: true }).filter((file) => file.isFile())
      const sizes = inside.map(
        (file) => statSync(join(path, file.name), { throwIfNoEntry: false })?.size ?? 0,
      )
      return { name, files: inside.length, sizeBytes: sizes.reduce((sum, size) => sum + size, 0) }
    })
  } catch {
    return null
  }
}

function isOurs(name: string): boolean {
  return /^(?:driad\.sqlite(?:-wal|-shm|\.v\d+\.backup)?|identity\.key|ledger\.anchor|node\.(?:lock|json)|(?:reachability|health|ports)\.json|catalogue\.signed|logs|models|statements)$/.test(
    name,
  )
}
