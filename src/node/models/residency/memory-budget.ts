import type { GpuMemoryView } from '../../../protocol/fit-views.ts'
import type { Settings } from '../../settings/settings.ts'
import { machineFacts } from '../fit/machine-facts.ts'

/** How long what was seen of the machine's memory is taken for true. */
const FRESH_MS = 500

/**
 * Bytes that all models together may take: what the operator set, else what the computer has room for, those included
 * that `residentBytes` are in memory. @returns a function to ask again and again
 */
export function memoryBudget(
  settings: Pick<Settings, 'get'>,
  init: { readonly folder: string; readonly gpus: () => readonly GpuMemoryView[] },
): (residentBytes: number) => Promise<number> {
  let seen: { readonly atMs: number; readonly residentBytes: number; readonly budget: number } | undefined
  return async (residentBytes) => {
    const { memoryBudgetBytes, memoryReserveBytes } = settings.get()
    if (memoryBudgetBytes > 0) return memoryBudgetBytes
    const nowMs = performance.now()
    if (seen !== undefined && seen.residentBytes === residentBytes && nowMs - seen.atMs < FRESH_MS)
      return seen.budget
    const { ramForModelsBytes, vramForModelsBytes } = await machineFacts({
      folder: init.folder,
      gpus: init.gpus(),
      reserveBytes: memoryReserveBytes,
      loaded: { ramBytes: residentBytes, vramBytes: 0 },
    })
    const budget = ramForModelsBytes + vramForModelsBytes
    seen = { atMs: nowMs, residentBytes, budget }
    return budget
  }
}
