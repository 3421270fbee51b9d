import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const READ_BYTES = 64 * 1024
const LINE_LENGTH = 500

const lineSchema = z.object({
  level: z.string(),
  time: z.number(),
  scope: z.string(),
  message: z.string(),
  fields: z.looseObject({ error: z.looseObject({ message: z.string() }).optional() }).optional(),
})

/** The last errors in the log since a time, or where there are none, its last lines; oldest first. */
export function lastLogLines(logsFolder: string, sinceMs: number, count: number): string[] {
  const lines = tailOf(join(logsFolder, 'driad.log')).flatMap((text) => {
    const parsed = lineSchema.safeParse(jsonOf(text))
    return parsed.success && parsed.data.time >= sinceMs ? [parsed.data] : []
  })
  const errors = lines.filter(({ level }) => level === 'error')
  return (errors.length > 0 ? errors : lines).slice(-count).map(({ scope, message, fields }) => {
    const cause = fields?.error?.message
    return `${scope}: ${message}${cause === undefined ? '' : `: ${cause}`}`.slice(0, LINE_LENGTH)
  })
}

function tailOf(path: string): string[] {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return []
  }
  try {
    const { size } = fstatSync(file)
    const bytes = Buffer.alloc(Math.min(size, READ_BYTES))
    readSync(file, bytes, 0, bytes.byteLength, size - bytes.byteLength)
    return bytes.toString('utf8').split('\n')
  } catch {
    return []
  } finally {
    closeSync(file)
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
