import type { LogFields } from './contract.ts'

/** Names under which private things travel elsewhere. They have no place in a log; this is the net below that rule. */
const privateNames = new Set([
  'prompt',
  'prompts',
  'result',
  'input',
  'workflowjson',
  'privatekey',
  'token',
  'secret',
  'password',
  'passphrase',
  'apikey',
  'authorization',
])

const HIDDEN = '[hidden]'
const MAX_TEXT = 2_000
const MAX_ITEMS = 50
const MAX_DEPTH = 5
const MAX_CAUSES = 5

/** Turns fields into plain, bounded JSON: errors with code and cause, money as text, bytes as their number. */
export function plainFields(fields: LogFields): Record<string, unknown> {
  return plainRecord(fields, 0)
}

function plainRecord(record: object, depth: number): Record<string, unknown> {
  const plain: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(record).slice(0, MAX_ITEMS)) {
    if (value === undefined || typeof value === 'function') continue
    plain[name] = isPrivate(name) ? HIDDEN : plainValue(value, depth)
  }
  return plain
}

function isPrivate(name: string): boolean {
  return privateNames.has(name.replaceAll(/[_-]/g, '').toLowerCase())
}

function plainValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return clip(value)
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
    case 'symbol':
      return String(value)
    case 'object':
      return value === null ? null : plainObject(value, depth)
    default:
      return value
  }
}

function plainObject(value: object, depth: number): unknown {
  if (value instanceof Error) return plainError(value, 0)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  if (depth >= MAX_DEPTH) return '[…]'
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => plainValue(item, depth + 1))
  if (value instanceof Map || value instanceof Set) {
    return [...value].slice(0, MAX_ITEMS).map((item) => plainValue(item, depth + 1))
  }
  return plainRecord(value, depth + 1)
}

/** The stack only where the message does not say enough: a failure that nobody foresaw. */
function plainError(error: Error, causes: number): Record<string, unknown> {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const plain: Record<string, unknown> = { name: error.name, message: clip(error.message) }
  if (code !== undefined) plain.code = code
  if ('issues' in error && Array.isArray(error.issues) && error.issues.length > 0) {
    plain.issues = plainValue(error.issues, 2)
  }
  if (error instanceof AggregateError && causes < MAX_CAUSES) {
    plain.errors = error.errors.slice(0, MAX_CAUSES).map((inner) => causeOf(inner, causes + 1))
  }
  if (error.cause !== undefined && causes < MAX_CAUSES) plain.cause = causeOf(error.cause, causes + 1)
  if ((code === undefined || code === 'internal') && error.stack !== undefined)
    plain.stack = clip(error.stack)
  return plain
}

function causeOf(cause: unknown, causes: number): unknown {
  return cause instanceof Error ? plainError(cause, causes) : plainValue(cause, MAX_DEPTH - 1)
}

function clip(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length} characters)`
}
