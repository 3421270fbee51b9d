import { t } from '../../../../locales/translate.ts'
import { bytes } from '../../../format/numbers.ts'
import classes from './MemoryBar.module.css'

export interface MemorySegment {
  readonly id: string
  readonly label: string
  readonly bytes: number
  readonly kind: 'weights' | 'cache' | 'buffers' | 'overhead' | 'others'
}

export interface MemoryBarProps {
  readonly label: string
  readonly segments: readonly MemorySegment[]
  readonly totalBytes: number
  /** Where models must stop. */
  readonly limitBytes?: number
  readonly tooMuch?: boolean
}

/** Memory and what takes it, drawn to scale. Its words stand beside it, so it is one picture to screen readers. */
export function MemoryBar({ label, segments, totalBytes, limitBytes, tooMuch = false }: MemoryBarProps) {
  const scale = Math.max(
    1,
    totalBytes,
    segments.reduce((sum, segment) => sum + segment.bytes, 0),
  )
  const share = (size: number) => `${Math.min(100, (size / scale) * 100)}%`
  return (
    <div className={classes.bar} role="img" aria-label={label} data-too-much={tooMuch || undefined}>
      {segments
        .filter((segment) => segment.bytes > 0)
        .map((segment) => (
          <i
            key={segment.id}
            data-kind={segment.kind}
            style={{ width: share(segment.bytes) }}
            title={t('common:because', { what: segment.label, why: bytes(segment.bytes) })}
          />
        ))}
      {limitBytes !== undefined && limitBytes < scale && (
        <b
          style={{ left: share(limitBytes) }}
          title={t('models-served:memory.mayTake', { size: bytes(limitBytes) })}
        />
      )}
    </div>
  )
}

/** What the colours of a bar mean, with the figures. */
export function MemoryLegend({ segments }: { readonly segments: readonly MemorySegment[] }) {
  return (
    <ul className={classes.legend}>
      {segments
        .filter((segment) => segment.bytes > 0)
        .map((segment) => (
          <li key={segment.id}>
            <i data-kind={segment.kind} aria-hidden />
            <span>{segment.label}</span> {bytes(segment.bytes)}
          </li>
        ))}
    </ul>
  )
}
