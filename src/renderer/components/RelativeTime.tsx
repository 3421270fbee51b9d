import { ago, fullTime } from '../format/time.ts'
import { useFromNow } from './Now.tsx'

/** `4 s ago`, with the exact time as a hint. */
export function RelativeTime({ atMs }: { readonly atMs: number }) {
  const text = useFromNow((now) => ago(atMs, now))
  return (
    <time dateTime={new Date(atMs).toISOString()} title={fullTime(atMs)} style={{ whiteSpace: 'nowrap' }}>
      {text}
    </time>
  )
}
