import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DriadError } from '../../protocol/errors.ts'
import { Connection } from '../store/connection.ts'
import type { Reader, Store } from '../store/contract.ts'
import { hasTable } from '../store/has-table.ts'

/**
 * Notes whose data a database has, or compares it with who opens it. An empty one may change hands. Throws `identity_invalid` where it
 * has another identity's history.
 */
export async function claimData(store: Store, peerId: string): Promise<void> {
  const owner = ownerOf(store)
  if (owner === peerId) return
  if (owner !== undefined && hasHistory(store)) {
    throw new DriadError(
      'identity_invalid',
      `${store.path} is of ${owner}, and the identity of this folder is ${peerId}. Put back the identity file that belongs to it`,
    )
  }
  await store.write((tx) => tx.run('INSERT OR REPLACE INTO data_owner (id, peer_id) VALUES (1, ?)', peerId))
}

/**
 * Whether a folder without an identity has the history of one. Undefined where it has none; otherwise whose it is, as far as that can
 * be told.
 */
export function orphanedHistory(dir: string): { readonly owner: string | undefined } | undefined {
  const path = join(dir, 'driad.sqlite')
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0) {
    let connection: Connection | undefined
    try {
      connection = new Connection({ path, readOnly: true, busyTimeoutMs: 1_000 })
      if (hasHistory(connection)) return { owner: ownerOf(connection) }
    } catch {
      return { owner: undefined } // damaged: nobody can say that there is none
    } finally {
      connection?.close()
    }
  }
  return existsSync(join(dir, 'ledger.anchor')) ? { owner: undefined } : undefined
}

function ownerOf(reader: Reader): string | undefined {
  if (!hasTable(reader, 'data_owner')) return undefined
  return reader.get<{ peer_id: string }>('SELECT peer_id FROM data_owner')?.peer_id
}

function hasHistory(reader: Reader): boolean {
  return ['ledger', 'node_tasks', 'requests'].some(
    (table) => hasTable(reader, table) && reader.get(`SELECT 1 AS found FROM ${table} LIMIT 1`) !== undefined,
  )
}
