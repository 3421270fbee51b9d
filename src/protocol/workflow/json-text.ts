// JSON as text: bounds that hold before anything is parsed, and where a text stops being JSON.
// Nothing here recurses, so no depth of nesting can exhaust the stack.

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Whether arrays and objects nest deeper than `max` levels. Linear in the text; the text need not be valid. */
export function nestsDeeperThan(text: string, max: number): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at) - 1
    else if (code === 0x7b || code === 0x5b) {
      depth++
      if (depth > max) return true
    } else if (code === 0x7d || code === 0x5d) depth--
  }
  return false
}

/** Valid JSON without the white space between its tokens; keys, numbers and escapes stay as they were written. */
export function compactJson(json: string): string {
  let compact = ''
  let from = 0
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === QUOTE) at = endOfString(json, at) - 1
    else if (isSpace(code)) {
      compact += json.slice(from, at)
      while (at < json.length && isSpace(json.charCodeAt(at))) at++
      from = at
      at--
    }
  }
  return from === 0 ? json : compact + json.slice(from)
}

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * A text as workflow memory holds it. Text that parses as JSON is JSON: objects and arrays become compact,
 * white space around a number, a literal or a JSON string goes. Any other text stays as it is.
 */
export function memoryText(text: string): string {
  let start = 0
  while (start < text.length && isSpace(text.charCodeAt(start))) start++
  if (start === text.length) return text
  const first = text[start] as string
  if (first === '{' || first === '[') return isJson(text) ? compactJson(text) : text
  if (first === '"') return isJson(text) ? trimJson(text) : text
  if (first === 't' || first === 'f' || first === 'n') {
    const word = trimJson(text)
    return word === 'true' || word === 'false' || word === 'null' ? word : text
  }
  if (first === '-' || (first >= '0' && first <= '9')) {
    const word = trimJson(text)
    return number.test(word) ? word : text
  }
  return text
}

export interface JsonFault {
  /** From 1. */
  readonly line: number
  /** From 1, in characters. */
  readonly column: number
  readonly expected: string
  readonly found: string
}

/** Where and why a text is not JSON; `undefined` if it is. */
export function findJsonFault(text: string): JsonFault | undefined {
  const fault = scan(text)
  if (!fault) return undefined
  const before = text.slice(0, fault.at)
  const lineStart = before.lastIndexOf('\n') + 1
  let line = 1
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line++
  const found =
    fault.at >= text.length ? 'the end of the text' : JSON.stringify(text.slice(fault.at, fault.at + 12))
  return { line, column: fault.at - lineStart + 1, expected: fault.expected, found }
}

type Expecting = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end' | 'nothing'

function scan(text: string): { at: number; expected: string } | undefined {
  const open: string[] = []
  let expecting: Expecting = 'value'
  let at = 0
  const afterValue = (): Expecting => (open.length === 0 ? 'nothing' : ', or end')
  for (;;) {
    while (at < text.length && isSpace(text.charCodeAt(at))) at++
    if (at >= text.length) {
      return expecting === 'nothing' ? undefined : { at, expected: phrase(expecting, open) }
    }
    const char = text[at] as string
    switch (expecting) {
      case 'value':
      case 'value or ]': {
        if (char === ']' && expecting === 'value or ]') {
          open.pop()
          at++
          expecting = afterValue()
        } else if (char === '{' || char === '[') {
          open.push(char)
          at++
          expecting = char === '{' ? 'key or }' : 'value or ]'
        } else {
          const end = char === '"' ? stringFault(text, at) : endOfScalar(text, at)
          if (typeof end !== 'number') return end
          if (end === at) return { at, expected: phrase(expecting, open) }
          at = end
          expecting = afterValue()
        }
        break
      }
      case 'key':
      case 'key or }': {
        if (char === '}' && expecting === 'key or }') {
          open.pop()
          at++
          expecting = afterValue()
        } else if (char === '"') {
          const end = stringFault(text, at)
          if (typeof end !== 'number') return end
          at = end
          expecting = ':'
        } else return { at, expected: phrase(expecting, open) }
        break
      }
      case ':': {
        if (char !== ':') return { at, expected: phrase(expecting, open) }
        at++
        expecting = 'value'
        break
      }
      case ', or end': {
        const inObject = open.at(-1) === '{'
        if (char === ',') {
          at++
          expecting = inObject ? 'key' : 'value'
        } else if (char === (inObject ? '}' : ']')) {
          open.pop()
          at++
          expecting = afterValue()
        } else return { at, expected: phrase(expecting, open) }
        break
      }
      case 'nothing':
        return { at, expected: 'nothing after the JSON value' }
    }
  }
}

function phrase(expecting: Expecting, open: readonly string[]): string {
  switch (expecting) {
    case 'value':
      return 'a JSON value'
    case 'value or ]':
      return 'a JSON value or "]"'
    case 'key':
      return 'a key in double quotes'
    case 'key or }':
      return 'a key in double quotes or "}"'
    case ':':
      return '":"'
    default:
      return open.at(-1) === '{' ? '"," or "}"' : '"," or "]"'
  }
}

/** The index after a string's closing quote, or what is wrong in the string that opens at `at`. */
function stringFault(text: string, at: number): number | { at: number; expected: string } {
  for (let index = at + 1; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) return index + 1
    if (code < 0x20) return { at: index, expected: 'no raw line break or control character in a string' }
    if (code === BACKSLASH) {
      const escaped = text[index + 1]
      if (escaped === undefined) break
      if (escaped === 'u') {
        if (!/^[0-9a-fA-F]{4}$/.test(text.slice(index + 2, index + 6))) {
          return { at: index, expected: 'four hexadecimal digits after \\u' }
        }
        index += 5
      } else if ('"\\/bfnrt'.includes(escaped)) index++
      else return { at: index, expected: 'one of the escapes \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u' }
    }
  }
  return { at: text.length, expected: 'the closing quote of a string' }
}

/** The index after the number or literal at `at`; `at` itself where there is none. */
function endOfScalar(text: string, at: number): number {
  let end = at
  while (end < text.length && /[-+.\w]/.test(text[end] as string)) end++
  const word = text.slice(at, end)
  return word === 'true' || word === 'false' || word === 'null' || number.test(word) ? end : at
}

/** The index after the closing quote of the string at `at`, or the text's length. */
function endOfString(text: string, at: number): number {
  for (let index = at + 1; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === BACKSLASH) index++
    else if (code === QUOTE) return index + 1
  }
  return text.length
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

// By hand: a regular expression for the end looks at a long run of spaces once for each of its characters.
function trimJson(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
