import type { LogLevel, LogLineView } from '../../../protocol/views.ts'
import { fullTime } from '../../format/time.ts'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[]

export interface LogFilter {
  /** Lines of this level and above. */
  readonly level: LogLevel
  /** Empty is every scope. */
  readonly scopes: readonly string[]
  readonly search: LogSearch
}

export type LogSearch =
  | { readonly kind: 'all' }
  | { readonly kind: 'matching'; readonly expression: RegExp }
  | { readonly kind: 'invalid'; readonly problem: string }

/** Longest text that a search looks at; an expression must not stall the window on a giant line. */
const MAX_SEARCHED_CHARS = 4_096

/** Plain text is found whatever its case; an expression is case-insensitive unless it asks for capitals itself. */
export function parseSearch(text: string, asExpression: boolean): LogSearch {
  if (text === '') return { kind: 'all' }
  if (!asExpression) return { kind: 'matching', expression: new RegExp(escapeExpression(text), 'i') }
  try {
    return { kind: 'matching', expression: new RegExp(text, /[A-Z]/.test(text) ? '' : 'i') }
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    return { kind: 'invalid', problem: message.replace(/^Invalid regular expression: /, '') }
  }
}

/** The lines that the filter lets through. An expression that is not valid hides nothing: it is being typed. */
export function filterLines(lines: readonly LogLineView[], filter: LogFilter): readonly LogLineView[] {
  const least = logLevels.indexOf(filter.level)
  const scopes = new Set(filter.scopes)
  const { search } = filter
  if (least === 0 && scopes.size === 0 && search.kind !== 'matching') return lines
  return lines.filter(
    (line) =>
      logLevels.indexOf(line.level) >= least &&
      (scopes.size === 0 || scopes.has(line.scope)) &&
      (search.kind !== 'matching' || search.expression.test(searchedText(line))),
  )
}

/** Pieces of the text, alternately outside and inside of what was searched for, to mark it. */
export function splitMatches(text: string, search: LogSearch): readonly { text: string; match: boolean }[] {
  if (search.kind !== 'matching' || text.length > MAX_SEARCHED_CHARS) return [{ text, match: false }]
  const pieces: { text: string; match: boolean }[] = []
  const everywhere = new RegExp(search.expression.source, `${search.expression.flags}g`)
  let from = 0
  for (const found of text.matchAll(everywhere)) {
    if (found[0] === '') continue
    if (found.index > from) pieces.push({ text: text.slice(from, found.index), match: false })
    pieces.push({ text: found[0], match: true })
    from = found.index + found[0].length
  }
  if (from < text.length) pieces.push({ text: text.slice(from), match: false })
  return pieces
}

/** One line as text, for the clipboard and for files. */
export function lineText(line: LogLineView): string {
  const fields = fieldsText(line)
  return `${fullTime(line.atMs)} ${line.level.toUpperCase().padEnd(5)} ${line.scope.padEnd(10)} ${line.message}${fields === '' ? '' : ` ${fields}`}`
}

/** The fields as `key=value`, on one line. */
export function fieldsText(line: LogLineView): string {
  return Object.entries(line.fields ?? {})
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
}

function searchedText(line: LogLineView): string {
  return `${line.scope} ${line.message} ${fieldsText(line)}`.slice(0, MAX_SEARCHED_CHARS)
}

function escapeExpression(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
