import { median } from '../bench/median.ts'
import { type ProcessKind, processKinds } from './process-figures.ts'
import type { Sample } from './sampler.ts'

export interface Verdict {
  readonly what: string
  /** Undefined where it was not judged. */
  readonly holds: boolean | undefined
  readonly figures: string
}

const MIB = 2 ** 20
const HOUR_MS = 3_600_000

/**
 * How much more memory a kind of process may take at the end than after warming up: a twentieth, for collectors let garbage
 * pile up to a share of what lives, and never less than 8 MiB, the size of a few arenas of an allocator. In an hour with 20,000 tasks
 * it is exceeded by a leak of 1 KiB for each task.
 */
const MEMORY_SHARE = 0.05
const MEMORY_LEAST_BYTES = 8 * MIB
/** Connections and timers come and go with the requesters. */
const DESCRIPTORS_SHARE = 0.1
const DESCRIPTORS_LEAST = 12
const THREADS_LEAST = 4
/** Of one core, while the node is paused. */
export const PAUSED_CPU_SHARE = 0.01

export interface Trend {
  readonly secondQuarter: number
  readonly lastQuarter: number
  /** By least squares over the last three quarters. */
  readonly perHour: number
  /** What that comes to over these three quarters. */
  readonly growth: number
}

/** How a figure went over a load; its first quarter is warming up. */
export function trendOf(points: readonly { readonly atMs: number; readonly value: number }[]): Trend {
  const from = points[0]?.atMs ?? 0
  const to = points.at(-1)?.atMs ?? 0
  const quarterMs = (to - from) / 4
  const quarter = (nth: number) =>
    median(
      points
        .filter(({ atMs }) => atMs >= from + (nth - 1) * quarterMs && atMs <= from + nth * quarterMs)
        .map(({ value }) => value),
    )
  const perMs = slope(points.filter(({ atMs }) => atMs >= from + quarterMs))
  return {
    secondQuarter: quarter(2),
    lastQuarter: quarter(4),
    perHour: perMs * HOUR_MS,
    growth: perMs * 3 * quarterMs,
  }
}

/** Whether what a load's samples say of memory, descriptors and threads stays as it was after warming up; not `judged`, only how it went. */
export function flatness(samples: readonly Sample[], judged: boolean): readonly Verdict[] {
  const trend = (of: (sample: Sample) => number) =>
    trendOf(samples.map((sample) => ({ atMs: sample.atMs, value: of(sample) })))
  const kinds = processKinds.filter((kind) => samples.some((sample) => sample.kinds[kind].processes > 0))
  const all = (of: (sample: Sample, kind: ProcessKind) => number) =>
    trend((sample) => processKinds.reduce((sum, kind) => sum + of(sample, kind), 0))
  const verdicts = [
    ...kinds.map((kind) =>
      memoryVerdict(
        `memory of ${kind}`,
        trend((sample) => sample.kinds[kind].pssBytes),
      ),
    ),
    memoryVerdict(
      'memory of all processes',
      all((sample, kind) => sample.kinds[kind].pssBytes),
    ),
    countVerdict(
      'open descriptors',
      all((sample, kind) => sample.kinds[kind].descriptors),
      DESCRIPTORS_LEAST,
    ),
    countVerdict(
      'threads',
      all((sample, kind) => sample.kinds[kind].threads),
      THREADS_LEAST,
    ),
  ]
  return judged ? verdicts : verdicts.map((verdict) => ({ ...verdict, holds: undefined }))
}

function memoryVerdict(what: string, trend: Trend): Verdict {
  const allowed = Math.max(MEMORY_LEAST_BYTES, trend.secondQuarter * MEMORY_SHARE)
  const text = (bytes: number) => (bytes / MIB).toFixed(1)
  return {
    what,
    holds: trend.growth <= allowed && trend.lastQuarter - trend.secondQuarter <= allowed,
    figures: `${text(trend.secondQuarter)} MiB in the second quarter, ${text(trend.lastQuarter)} in the last; ${text(trend.perHour)} MiB an hour, ${text(trend.growth)} in all; ${text(allowed)} more are allowed`,
  }
}

function countVerdict(what: string, trend: Trend, least: number): Verdict {
  const allowed = Math.max(least, trend.secondQuarter * DESCRIPTORS_SHARE)
  return {
    what,
    holds: trend.growth <= allowed && trend.lastQuarter - trend.secondQuarter <= allowed,
    figures: `${trend.secondQuarter} in the second quarter, ${trend.lastQuarter} in the last; ${trend.growth.toFixed(1)} more by the slope; ${allowed.toFixed(0)} are allowed`,
  }
}

/** CPU time of a kind between the first and the last of these samples, as a share of one core. */
export function cpuShare(samples: readonly Sample[], kinds: readonly ProcessKind[] = processKinds): number {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined || first === last) return Number.NaN
  const spentMs = kinds.reduce((sum, kind) => sum + last.kinds[kind].cpuMs - first.kinds[kind].cpuMs, 0)
  return spentMs / (last.atMs - first.atMs)
}

/** Least squares. */
function slope(points: readonly { readonly atMs: number; readonly value: number }[]): number {
  const meanMs = points.reduce((sum, { atMs }) => sum + atMs, 0) / points.length
  const mean = points.reduce((sum, { value }) => sum + value, 0) / points.length
  const above = points.reduce((sum, { atMs, value }) => sum + (atMs - meanMs) * (value - mean), 0)
  const below = points.reduce((sum, { atMs }) => sum + (atMs - meanMs) ** 2, 0)
  return below === 0 ? 0 : above / below
}
