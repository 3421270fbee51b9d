import { boundedFactor } from '../../../protocol/model-fit/correct-estimate.ts'
import type { Reader, Store } from '../../store/contract.ts'

/** Architectures times devices that are remembered; the ones not loaded for longest are forgotten above it. */
const MAX_CORRECTIONS = 128
/** How much a new load counts. What took more than thought counts more: too little memory is worse than some unused. */
const WEIGHT_BELOW = 0.25
const WEIGHT_ABOVE = 0.75

/** What an estimate's error depends on. */
export interface CorrectionKey {
  readonly architecture: string
  readonly backend: string
  readonly device: string
}

/** The tables `fit_corrections` and `fit_memory_speed`. */
export class FitRows {
  readonly #store: Pick<Store, 'write'> & Reader

  constructor(store: Pick<Store, 'write'> & Reader) {
    this.#store = store
  }

  /** 1 where nothing was measured. */
  correction({ architecture, backend, device }: CorrectionKey): number {
    const row = this.#store.get<{ factor: number }>(
      'SELECT factor FROM fit_corrections WHERE architecture = ? AND backend = ? AND device = ?',
      architecture,
      backend,
      device,
    )
    return boundedFactor(row?.factor ?? 1)
  }

  /** The newest of an architecture, on whatever device of a backend it was measured. */
  correctionOf(architecture: string, backend: string): number {
    const row = this.#store.get<{ factor: number }>(
      `SELECT factor FROM fit_corrections WHERE architecture = ? AND backend = ?
       ORDER BY updated_at_ms DESC LIMIT 1`,
      architecture,
      backend,
    )
    return boundedFactor(row?.factor ?? 1)
  }

  /** Those that something was measured of. */
  architectures(): string[] {
    return this.#store
      .all<{ architecture: string }>('SELECT DISTINCT architecture FROM fit_corrections')
      .map(({ architecture }) => architecture)
  }

  /** Takes up what a load took over what was estimated. Samples that are far off are cut to the limits first. */
  async addSample(key: CorrectionKey, sample: number, nowMs: number): Promise<void> {
    if (!Number.isFinite(sample) || sample <= 0) return
    const bounded = boundedFactor(sample)
    const before = this.correction(key)
    const factor = boundedFactor(
      before + (bounded - before) * (bounded > before ? WEIGHT_ABOVE : WEIGHT_BELOW),
    )
    const { architecture, backend, device } = key
    await this.#store.write((tx) => {
      tx.run(
        `INSERT INTO fit_corrections (architecture, backend, device, factor, samples, updated_at_ms)
         VALUES (?, ?, ?, ?, 1, ?)
         ON CONFLICT (architecture, backend, device) DO UPDATE SET factor = excluded.factor,
           samples = samples + 1, updated_at_ms = excluded.updated_at_ms`,
        architecture,
        backend,
        device,
        factor,
        nowMs,
      )
      tx.run(
        `DELETE FROM fit_corrections WHERE (architecture, backend, device) NOT IN
           (SELECT architecture, backend, device FROM fit_corrections ORDER BY updated_at_ms DESC LIMIT ?)`,
        MAX_CORRECTIONS,
      )
    })
  }

  memorySpeed(cpu: string): { readonly bytesPerSecond: number; readonly measuredAtMs: number } | undefined {
    const row = this.#store.get<{ bytes_per_second: number; measured_at_ms: number }>(
      'SELECT bytes_per_second, measured_at_ms FROM fit_memory_speed WHERE cpu = ?',
      cpu,
    )
    return row && { bytesPerSecond: row.bytes_per_second, measuredAtMs: row.measured_at_ms }
  }

  /** One processor's; a folder that moved to another computer measures anew. */
  async putMemorySpeed(cpu: string, bytesPerSecond: number, nowMs: number): Promise<void> {
    await this.#store.write((tx) => {
      tx.run('DELETE FROM fit_memory_speed')
      tx.run('INSERT INTO fit_memory_speed VALUES (?, ?, ?)', cpu, bytesPerSecond, nowMs)
    })
  }
}
