import { ago, fullTime } from '../format/time.ts'
import { useNow } from './Now.tsx'

/** `4 s ago`, with the exact time as a hint. */
export function RelativeTime({ atMs }: { readonly atMs: number }) {
  const now = useNow()
  return (
    <time dateTime={new Date(atMs).toISOString()} title={fullTime(atMs)} style={{ whiteSpace: 'nowrap' }}>
      {ago(atMs, now)}
    </time>
  )
}
