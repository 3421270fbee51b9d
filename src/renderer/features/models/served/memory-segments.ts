import { t } from '../../../../locales/translate.ts'
import type { ModelMemoryView } from '../../../../protocol/views.ts'
import type { MemorySegment } from './MemoryBar.tsx'

/** A loaded model's memory by what it is for, here and on GPUs together. */
export function memorySegments({ weights, cache, buffers }: ModelMemoryView): readonly MemorySegment[] {
  return [
    {
      id: 'weights',
      kind: 'weights',
      label: t('models-served:memory.weights'),
      bytes: weights.ram + weights.vram,
    },
    { id: 'cache', kind: 'cache', label: t('models-served:memory.cache'), bytes: cache.ram + cache.vram },
    {
      id: 'buffers',
      kind: 'buffers',
      label: t('models-served:memory.buffers'),
      bytes: buffers.ram + buffers.vram,
    },
  ]
}
