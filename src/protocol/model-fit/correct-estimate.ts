import type { MemoryEstimate, MemoryShare } from './estimate-memory.ts'
import { whole } from './memory-plan.ts'

/** A measured factor is never taken for more or less than this: one odd load must not hide or promise memory. */
export const correctionLimits = { least: 0.85, most: 1.5 } as const

/**
 * The estimate with what was measured on this machine: cache, compute and overhead times `factor`. The weights are
 * known to the byte, so they stay. A factor that is no number changes nothing.
 */
export function correctEstimate(estimate: MemoryEstimate, factor: number): MemoryEstimate {
  const bounded = boundedFactor(factor)
  if (bounded === 1) return estimate
  const times = ({ ram, vram }: MemoryShare): MemoryShare => ({
    ram: whole(ram * bounded),
    vram: whole(vram * bounded),
  })
  const { weights } = estimate
  const [cache, compute, overhead] = [
    times(estimate.cache),
    times(estimate.compute),
    times(estimate.overhead),
  ]
  const sum = (side: keyof MemoryShare) => whole(weights[side] + cache[side] + compute[side] + overhead[side])
  return { ...estimate, cache, compute, overhead, total: { ram: sum('ram'), vram: sum('vram') } }
}

export function boundedFactor(factor: number): number {
  if (!Number.isFinite(factor)) return 1
  return Math.min(correctionLimits.most, Math.max(correctionLimits.least, factor))
}
