import type { RE2JS } from 're2js'
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
  /** `find` gives the places of all matches: `[from, to]`, none of them empty. */
  | {
      readonly kind: 'matching'
      readonly test: (text: string) => boolean
      readonly find: (text: string) => readonly (readonly [from: number, to: number])[]
    }
  | { readonly kind: 'invalid'; readonly problem: string }

/**
 * Compiles expressions. RE2's take time in proportion to the text, whatever somebody types: those of JavaScript can take for
 * ever, and nothing can stop them.
 */
export type ExpressionEngine = Pick<typeof RE2JS, 'compile' | 'CASE_INSENSITIVE'>

/** Longest text that a search looks at: what is not shown either. */
const MAX_SEARCHED_CHARS = 4_096
/** Longer expressions make larger automata than any search of logs needs. */
const MAX_EXPRESSION_CHARS = 1_000
const MAX_MARKS = 200

/**
 * Plain text is found whatever its case; an expression is case-insensitive unless it asks for capitals itself. Without an
 * engine, which is fetched when the first expression is written, an expression lets everything through.
 */
export function parseSearch(text: string, engine: ExpressionEngine | 'text' | undefined): LogSearch {
  if (text === '' || engine === undefined) return { kind: 'all' }
  if (engine === 'text') {
    // No sign of it is a pattern, so it cannot take long.
    const literal = text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    const expression = new RegExp(literal, 'i')
    const everywhere = new RegExp(literal, 'gi')
    return {
      kind: 'matching',
      test: (line) => expression.test(line),
      find: (line) =>
        [...line.matchAll(everywhere)].map(({ index, 0: match }) => [index, index + match.length]),
    }
  }
  if (text.length > MAX_EXPRESSION_CHARS) {
    return { kind: 'invalid', problem: `${text.length} > ${MAX_EXPRESSION_CHARS}` }
  }
  try {
    const compiled = engine.compile(text, /[A-Z]/.test(text) ? 0 : engine.CASE_INSENSITIVE)
    return {
      kind: 'matching',
      test: (line) => compiled.matcher(line).find(),
      find: (line) => placesOf(compiled, line),
    }
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    return { kind: 'invalid', problem: message.replace(/^error parsing regexp: /, '') }
  }
}

function placesOf(compiled: RE2JS, line: string): [number, number][] {
  const matcher = compiled.matcher(line)
  const places: [number, number][] = []
  while (places.length < MAX_MARKS && matcher.find()) {
    if (matcher.end() > matcher.start()) places.push([matcher.start(), matcher.end()])
  }
  return places
}

/** Whether the filter lets every line through. An expression that is not valid hides nothing: it is being typed. */
export function letsAllThrough({ level, scopes, search }: LogFilter): boolean {
  return level === 'debug' && scopes.length === 0 && search.kind !== 'matching'
}

export function letsThrough({ level, scopes, search }: LogFilter, line: LogLineView): boolean {
  return (
    logLevels.indexOf(line.level) >= logLevels.indexOf(level) &&
    (scopes.length === 0 || scopes.includes(line.scope)) &&
    (search.kind !== 'matching' || search.test(searchedText(line)))
  )
}

/** Pieces of the text, alternately outside and inside of what was searched for, to mark it. */
export function splitMatches(text: string, search: LogSearch): readonly { text: string; match: boolean }[] {
  if (search.kind !== 'matching' || text.length > MAX_SEARCHED_CHARS) return [{ text, match: false }]
  const pieces: { text: string; match: boolean }[] = []
  let from = 0
  for (const [start, end] of search.find(text)) {
    if (start > from) pieces.push({ text: text.slice(from, start), match: false })
    pieces.push({ text: text.slice(start, end), match: true })
    from = end
  }
  if (from < text.length) pieces.push({ text: text.slice(from), match: false })
  return pieces
}

/** One line as text, for the clipboard and for files. */
export function lineText(line: LogLineView): string {
  const fields = fieldsText(line)
  return `${fullTime(line.atMs)} ${line.level.toUpperCase().padEnd(5)} ${line.scope.padEnd(10)} ${line.message}${fields === '' ? '' : ` ${fields}`}`
}

/** The newest lines as one text of at most so many characters. */
export function linesText(lines: readonly LogLineView[], maxChars: number): string {
  const texts: string[] = []
  let chars = 0
  for (const line of lines.toReversed()) {
    const text = lineText(line)
    chars += text.length + 1
    if (chars > maxChars) break
    texts.push(text)
  }
  return `${texts.toReversed().join('\n')}\n`
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
