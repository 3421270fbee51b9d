import { t } from '../../../../locales/translate.ts'
import type { MachineView } from '../../../../protocol/fit-views.ts'
import type { ModelView } from '../../../../protocol/views.ts'

/** Memory of one device and what takes it. Bytes. */
export interface MemoryUse {
  readonly id: string
  readonly name: string
  readonly totalBytes: number
  /** What models may take, those included that are there. */
  readonly budgetBytes: number
  readonly models: readonly { readonly name: string; readonly bytes: number }[]
  /** Taken by other programs. */
  readonly othersBytes: number
  readonly freeBytes: number
}

/**
 * The computer's memory, and that of each GPU with memory of its own. GPUs that share the computer's are a part of it.
 * What several GPUs hold of a model is told of by their sizes, as llama.cpp splits it.
 */
export function memoryUse(
  machine: MachineView,
  models: readonly ModelView[],
  memoryBudgetBytes: number,
): MemoryUse[] {
  const cards = machine.gpus.filter(({ unified }) => !unified)
  const vramTotal = cards.reduce((sum, { totalBytes }) => sum + totalBytes, 0)
  const sharing = machine.gpus.filter(({ unified }) => unified).map(({ name }) => name)
  const loaded = models.flatMap(({ name, memory, memoryBytes = 0 }) => {
    if (memoryBytes === 0) return []
    const vram = memory === undefined ? 0 : memory.weights.vram + memory.cache.vram + memory.buffers.vram
    return [{ name, vram: cards.length === 0 ? 0 : vram, ram: memoryBytes - (cards.length === 0 ? 0 : vram) }]
  })
  const ram = measured({
    id: 'ram',
    name:
      sharing.length === 0
        ? t('models-served:memory.ram')
        : t('models-served:memory.sharedWith', { devices: sharing.join(', ') }),
    totalBytes: machine.ramTotalBytes,
    freeBytes: machine.ramFreeBytes,
    budgetBytes:
      memoryBudgetBytes > 0 ? Math.min(memoryBudgetBytes, machine.ramTotalBytes) : machine.ramForModelsBytes,
    models: loaded.map(({ name, ram }) => ({ name, bytes: ram })),
  })
  const ofCards = cards.map(({ name, totalBytes, freeBytes }, index) => {
    const share = vramTotal > 0 ? totalBytes / vramTotal : 0
    const onIt = loaded.map(({ name, vram }) => ({ name, bytes: Math.round(vram * share) }))
    const mine = onIt.reduce((sum, { bytes }) => sum + bytes, 0)
    return measured({
      id: `gpu-${index}`,
      name,
      totalBytes,
      // As it was probed, which may have been before models were there.
      freeBytes: Math.min(freeBytes, Math.max(0, totalBytes - mine)),
      budgetBytes: Math.round(machine.vramForModelsBytes * share),
      models: onIt,
    })
  })
  return [ram, ...ofCards]
}

function measured({ models, ...known }: Omit<MemoryUse, 'othersBytes'>): MemoryUse {
  const shown = models.filter(({ bytes }) => bytes > 0)
  const mine = shown.reduce((sum, { bytes }) => sum + bytes, 0)
  // Weights that are mapped from files count as free memory, though models use them.
  const othersBytes = Math.max(0, known.totalBytes - known.freeBytes - mine)
  return {
    ...known,
    models: shown,
    othersBytes,
    freeBytes: Math.max(0, known.totalBytes - mine - othersBytes),
  }
}
