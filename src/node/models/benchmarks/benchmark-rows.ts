import { z } from 'zod'
import type { BenchmarkView } from '../../../protocol/benchmark-views.ts'
import type { Reader, Store } from '../../store/contract.ts'

/** Measurements that are kept. */
const MAX_BENCHMARKS = 512

const figuresSchema = z.object({
  slots: z.number(),
  contextSize: z.number(),
  promptTokensPerSecond: z.number(),
  tokensPerSecond: z.number(),
  allSlotsTokensPerSecond: z.number(),
  firstTokenMs: z.number(),
  memoryBytes: z.number(),
  loadMs: z.number(),
})

interface RawRow {
  device: string
  driver: string
  threads: number
  figures: string
  at_ms: number
}

/** The table `model_benchmarks`. */
export class BenchmarkRows {
  readonly #store: Pick<Store, 'write'> & Reader

  constructor(store: Pick<Store, 'write'> & Reader) {
    this.#store = store
  }

  /** All of a file, the newest first. */
  of(sha256: Uint8Array): BenchmarkView[] {
    return this.#store
      .all<RawRow>(
        'SELECT device, driver, threads, figures, at_ms FROM model_benchmarks WHERE sha256 = ? ORDER BY at_ms DESC',
        sha256,
      )
      .flatMap(({ device, driver, threads, figures, at_ms }) => {
        const { success, data } = figuresSchema.safeParse(parsed(figures))
        return success ? [{ atMs: at_ms, device, driver, threads, ...data }] : []
      })
  }

  async put(sha256: Uint8Array, view: BenchmarkView): Promise<void> {
    const { atMs, device, driver, threads, comparison: _, ...figures } = view
    await this.#store.write((tx) => {
      tx.run(
        `INSERT INTO model_benchmarks (sha256, device, driver, threads, figures, at_ms) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (sha256, device, driver, threads) DO UPDATE SET figures = excluded.figures, at_ms = excluded.at_ms`,
        sha256,
        device,
        driver,
        threads,
        JSON.stringify(figures),
        atMs,
      )
      tx.run(
        `DELETE FROM model_benchmarks WHERE (sha256, device, driver, threads) IN
           (SELECT sha256, device, driver, threads FROM model_benchmarks ORDER BY at_ms DESC LIMIT -1 OFFSET ?)`,
        MAX_BENCHMARKS,
      )
    })
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
