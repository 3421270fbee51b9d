import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { logLevels } from '../logs/log-line.ts'
import type { SafeText } from './safe-text.ts'

/** As much is read of the newest log files, and no more lines are told. */
const MAX_READ_BYTES = 4 * 1024 * 1024
const MAX_LINES = 8_000
const MAX_WRITTEN_CHARS = 3 * 1024 * 1024
const FILES = ['driad.1.log', 'driad.log']

const lineSchema = z.object({
  level: z.enum(logLevels),
  time: z.number(),
  scope: z.string(),
  message: z.string(),
  fields: z.record(z.string(), z.unknown()).optional(),
})

/** The newest log lines, oldest first, as JSON lines: each message and field as far as the program itself wrote it. */
export function logFacts(logsFolder: string, safe: SafeText): string {
  const lines = FILES.flatMap((name) => endOf(join(logsFolder, name)).split('\n')).slice(-MAX_LINES)
  const told: string[] = []
  let chars = 0
  // From the newest back, for it is the oldest that there is no room for.
  for (const line of lines.toReversed()) {
    const said = toldLine(line, safe)
    if (said === undefined) continue
    chars += said.length + 1
    if (chars > MAX_WRITTEN_CHARS) break
    told.push(said)
  }
  return told.length === 0 ? '' : `${told.toReversed().join('\n')}\n`
}

function toldLine(text: string, safe: SafeText): string | undefined {
  if (text === '') return undefined
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined // cut by a kill, or by where reading began
  }
  const parsed = lineSchema.safeParse(json)
  if (!parsed.success) return undefined
  const { level, time, scope, message, fields } = parsed.data
  return JSON.stringify({
    time: new Date(time).toISOString(),
    level,
    scope: safe.text(scope),
    message: safe.text(message),
    ...(fields !== undefined && { fields: safe.value(fields) }),
  })
}

/** The end of a file; empty where there is none. */
function endOf(path: string): string {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return ''
  }
  try {
    const { size } = fstatSync(file)
    const bytes = Buffer.alloc(Math.min(size, MAX_READ_BYTES))
    const read = readSync(file, bytes, 0, bytes.length, size - bytes.length)
    return bytes.toString('utf8', 0, read)
  } finally {
    closeSync(file)
  }
}
