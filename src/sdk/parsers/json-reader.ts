/** How deep a value may be nested. */
export const MAX_JSON_DEPTH = 64
/** Characters that are looked at for each one of the text, and besides: brackets that never close cost no more than that. */
const LOOKS_PER_CHAR = 8
const LOOKS_BESIDES = 64 * 1024
/** What mending a character counts as. */
const MENDING_LOOKS = 4

/** What stands between the texts of a JSON value, and of the Python value that models write in its place. */
const between = new Set(' \t\r\n,:+-.0123456789eEtrufalsnTFNo')
const words: ReadonlyMap<string, string> = new Map([
  ['True', 'true'],
  ['False', 'false'],
  ['None', 'null'],
])

/** A place in a text where an object or a list begins. */
export interface JsonPlace {
  readonly start: number
  /** After the value; the character after `start` where none can be read. */
  readonly end: number
  /** `undefined` where what begins there is no JSON, does not end, or is nested too deep. */
  readonly value: unknown
}

/**
 * Finds objects and lists in a text that has other things around them, in a time that grows with its length and nothing
 * else. Besides JSON it reads what models write in its place: texts in single quotes, line breaks in texts, a comma after
 * the last item, and Python's `True`, `False` and `None`.
 */
export class JsonReader {
  readonly #text: string
  #looks: number

  constructor(text: string) {
    this.#text = text
    this.#looks = text.length * LOOKS_PER_CHAR + LOOKS_BESIDES
  }

  /** Every object and list, in order, the ones within another only where that cannot be read. */
  *values(): Generator<JsonPlace> {
    for (let at = this.#nextOpening(0); at >= 0; ) {
      const place = this.readAt(at)
      yield place
      at = this.#nextOpening(place.end)
    }
  }

  /** The object or list that begins at `start`. */
  readAt(start: number): JsonPlace {
    const end = this.#endOf(start)
    if (end === undefined) return { start, end: start + 1, value: undefined }
    const text = this.#text.slice(start, end)
    let value = parsed(text)
    if (value === undefined) {
      this.#looks -= text.length * MENDING_LOOKS
      value = parsed(mended(text))
    }
    return { start, end: value === undefined ? start + 1 : end, value }
  }

  #nextOpening(from: number): number {
    const opening = /[{[]/g
    opening.lastIndex = from
    return opening.exec(this.#text)?.index ?? -1
  }

  #endOf(start: number): number | undefined {
    const text = this.#text
    const closing: string[] = []
    for (let at = start; at < text.length && this.#looks > 0; at++) {
      const char = text.charAt(at)
      this.#looks--
      if (char === '"' || char === "'") {
        const end = endOfText(text, at)
        this.#looks -= end - at
        at = end
      } else if (char === '{' || char === '[') {
        if (closing.push(char === '{' ? '}' : ']') > MAX_JSON_DEPTH) return undefined
      } else if (char === '}' || char === ']') {
        if (closing.pop() !== char) return undefined
        if (closing.length === 0) return at + 1
      } else if (!between.has(char)) return undefined
    }
    return undefined
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Where the text that begins with the quote at `start` has its other one; the end of all where it has none. */
function endOfText(text: string, start: number): number {
  const quote = text[start]
  let at = start + 1
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1
  return Math.min(at, text.length)
}

/** A value as JSON that was written as something like it. */
function mended(text: string): string {
  const parts: string[] = []
  for (let at = 0; at < text.length; ) {
    const char = text.charAt(at)
    if (char === '"' || char === "'") {
      const end = endOfText(text, at)
      parts.push(`"${mendedText(text.slice(at + 1, end))}"`)
      at = end + 1
    } else if (char === ',' && /^[}\]]/.test(text.slice(at + 1, at + 64).trimStart())) at++
    else if (/[A-Za-z]/.test(char)) {
      const word = /^[A-Za-z]{1,8}/.exec(text.slice(at, at + 8))?.[0] ?? char
      parts.push(words.get(word) ?? word)
      at += word.length
    } else {
      parts.push(char)
      at++
    }
  }
  return parts.join('')
}

function mendedText(text: string): string {
  return text.replace(/\\[\s\S]|["\p{Cc}]/gu, (found) => {
    if (found === "\\'") return "'"
    return found.startsWith('\\') ? found : JSON.stringify(found).slice(1, -1)
  })
}
