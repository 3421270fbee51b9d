import { randomUUID } from 'node:crypto'
import type { Store } from '../store/contract.ts'

/** Names a new batch of tasks by the file that its results go to; what was there of that file before is forgotten. */
export async function beginBatch(store: Store, outPath: string): Promise<string> {
  const batch = randomUUID()
  await store.write((tx) =>
    tx.run(
      'INSERT OR REPLACE INTO request_batches (out_path, batch, created_at_ms) VALUES (?, ?, ?)',
      outPath,
      batch,
      Date.now(),
    ),
  )
  return batch
}

/** The batch whose results go to that file. */
export function findBatch(store: Store, outPath: string): string | undefined {
  return store.get<{ batch: string }>('SELECT batch FROM request_batches WHERE out_path = ?', outPath)?.batch
}
