import { z } from 'zod'
import type { Reader } from '../../store/contract.ts'

const requestSchema = z.object({ files: z.array(z.object({ fileName: z.string() })) })

/** Names of files that downloads write to, or will when they are taken up again: of all processes of this data folder. */
export function unfinishedFileNames(store: Reader): ReadonlySet<string> {
  const rows = store.all<{ request: string }>(
    "SELECT request FROM pulls WHERE state NOT IN ('completed', 'cancelled')",
  )
  const names = rows.flatMap((row) => {
    const request = requestSchema.safeParse(JSON.parse(row.request))
    return request.success ? request.data.files.map(({ fileName }) => fileName) : []
  })
  return new Set(names)
}
