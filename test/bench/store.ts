import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../src/node/store/open-store.ts'

export interface StoreBench {
  /** Writes that are queued in one turn, 1 being one after the other. */
  readonly groupSize: number
  readonly rowsPerSecond: number
  /** From queueing to being on disk, median, in milliseconds. */
  readonly medianMs: number
}

export interface StoreBenchInit {
  /** Rows of each measurement. */
  readonly rows?: number
  /** Bytes of each row: about a small task's. */
  readonly rowBytes?: number
  readonly groupSizes?: readonly number[]
  /** Where the database is made; what is measured is this folder's disk. */
  readonly folder?: string
}

/** Durable rows queued per second, singly and in groups, into a real file with the node's own settings. */
export async function benchStore(init: StoreBenchInit = {}): Promise<StoreBench[]> {
  const { rows = 2_000, rowBytes = 1_000, groupSizes = [1, 10, 100], folder = tmpdir() } = init
  const place = mkdtempSync(join(folder, 'driad-bench-'))
  const store = openStore({ path: join(place, 'driad.sqlite') })
  const payload = 'x'.repeat(rowBytes)
  let key = 0
  const insert = async (): Promise<number> => {
    const startedMs = performance.now()
    await store.write((tx) =>
      tx.run('INSERT INTO settings VALUES (?, ?, ?)', `bench-${key++}`, payload, Date.now()),
    )
    return performance.now() - startedMs
  }
  try {
    for (let i = 0; i < 100; i++) await insert() // warms statements and the file's first pages
    const results: StoreBench[] = []
    for (const groupSize of groupSizes) {
      const latencies: number[] = []
      const startedMs = performance.now()
      for (let done = 0; done < rows; done += groupSize) {
        latencies.push(...(await Promise.all(Array.from({ length: groupSize }, insert))))
      }
      const elapsedMs = performance.now() - startedMs
      const medianMs = latencies.toSorted((a, b) => a - b)[latencies.length >> 1] ?? 0
      results.push({ groupSize, rowsPerSecond: (latencies.length / elapsedMs) * 1000, medianMs })
    }
    return results
  } finally {
    await store.close()
    rmSync(place, { recursive: true, force: true })
  }
}
