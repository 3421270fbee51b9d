import type { LogLevel, LogLine } from './contract.ts'

const colours: Readonly<Record<LogLevel, string>> = {
  debug: '\u001b[90m',
  info: '\u001b[36m',
  warn: '\u001b[33m',
  error: '\u001b[31m',
}
const DIM = '\u001b[2m'
const RESET = '\u001b[0m'

/** One line for people: local time, level, scope, message, fields; a stack follows on lines of its own. */
export function prettyLine(line: LogLine, colour: boolean): string {
  const paint = (code: string, text: string) => (colour ? `${code}${text}${RESET}` : text)
  const stacks: string[] = []
  const fields = Object.entries(line.fields ?? {}).map(
    ([name, value]) => `${paint(DIM, `${name}=`)}${fieldText(value, stacks)}`,
  )
  const head = `${paint(DIM, timeText(line.atMs))} ${paint(colours[line.level], line.level.padEnd(5))} ${line.scope.padEnd(9)}`
  const stack = stacks.map((text) => `\n${paint(DIM, text.replace(/^/gm, '    '))}`).join('')
  return `${[`${head} ${singleLine(line.message)}`, ...fields].join('  ')}${stack}\n`
}

function timeText(atMs: number): string {
  const at = new Date(atMs)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`
}

function fieldText(value: unknown, stacks: string[]): string {
  if (isError(value)) {
    if (typeof value.stack === 'string') stacks.push(value.stack)
    const code = typeof value.code === 'string' ? `[${value.code}] ` : ''
    const cause = value.cause === undefined ? '' : ` ← ${fieldText(value.cause, stacks)}`
    return `${code}${singleLine(value.message)}${cause}`
  }
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
  return JSON.stringify(value) ?? String(value)
}

interface ErrorFields {
  readonly message: string
  readonly code?: unknown
  readonly cause?: unknown
  readonly stack?: unknown
}

/** What plain-fields.ts makes of an error. */
function isError(value: unknown): value is ErrorFields {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'message' in value &&
    typeof value.message === 'string'
  )
}

/** A peer's text must not be able to draw lines, or escape sequences, of its own. */
function singleLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (char) => (char === '\n' ? '⏎' : '�'))
}
