import { constants } from 'node:os'
import { driadErrorCodes } from '../../protocol/errors.ts'
import type { ProgramTexts } from './program-texts.ts'
import type { Pseudonyms } from './pseudonyms.ts'

/** In the place of text that may not be told. */
export const HIDDEN = '[…]'
/** Texts in gaps of texts: a reason in a message, an error in a reason. */
const MAX_DEPTH = 4
const MAX_CHARS = 4_000
const MAX_ITEMS = 50
/** Of log fields and of what a view holds. */
const MAX_NESTING = 8
const MAX_FRAMES = 12

/** A figure with or without a unit. Longer numbers could be somebody's. */
const FIGURE = /^[-+]?\d{1,12}(?:[.,]\d{1,6})? ?(?:%|[a-zA-Z]{1,3}|tokens\/s|tokens)?$/
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/
const DATE = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z?)?$/
const PROTOCOL = /^\/driad\/[a-z]+\/\d+(?:\.\d+)*$/

const systemWords: ReadonlySet<string> = new Set([
  ...Object.keys(constants.signals),
  ...Object.keys(constants.errno),
  ...driadErrorCodes,
])

export interface SafeTextParts {
  readonly texts: ProgramTexts
  readonly pseudonyms: Pseudonyms
  /** Names of models and ids of devices, which everybody may know. */
  readonly publicNames: ReadonlySet<string>
  readonly dataFolder: string
  readonly homeFolder: string
}

/**
 * Lets through what this program's own code can have said, and figures; names of peers and addresses are exchanged; of
 * everything else only that there was something. What a stranger wrote has no way through: it is not looked for, it is
 * just not among what is let through.
 */
export class SafeText {
  readonly #parts: SafeTextParts

  constructor(parts: SafeTextParts) {
    this.#parts = parts
  }

  /** One text, such as a message or the reason for something. */
  text(text: string): string {
    return this.#text(text.slice(0, MAX_CHARS), 0)
  }

  /** Plain JSON: fields under names that the program has, texts as above. */
  value(value: unknown): unknown {
    return this.#value(value, 0)
  }

  /** Where a path leads to, without a name in it. */
  path(path: string): string {
    const { dataFolder, homeFolder } = this.#parts
    const ending = /\.[a-z0-9]{1,8}$/i.exec(path)?.[0]?.toLowerCase() ?? ''
    if (path === dataFolder || path.startsWith(`${dataFolder}/`) || path.startsWith(`${dataFolder}\\`))
      return `<data folder>/…${ending}`
    if (homeFolder.length > 1 && path.startsWith(homeFolder)) return `~/…${ending}`
    return `/…${ending}`
  }

  #text(text: string, depth: number): string {
    const { texts } = this.#parts
    if (text === '' || texts.isOwn(text)) return text
    const single = this.#single(text)
    if (single !== undefined) return single
    if (depth >= MAX_DEPTH) return HIDDEN
    const match = texts.match(text)
    if (match !== undefined) {
      return match.parts
        .map((part, index) => {
          const gap = match.gaps[index]
          return gap === undefined ? part : `${part}${this.#text(gap, depth + 1)}`
        })
        .join('')
    }
    return this.#list(text) ?? HIDDEN
  }

  /** What is one thing: a figure, an id, a peer, an address, a path. */
  #single(text: string): string | undefined {
    const { pseudonyms, publicNames } = this.#parts
    if (publicNames.has(text) || systemWords.has(text)) return text
    if (FIGURE.test(text) || UUID.test(text) || DATE.test(text) || PROTOCOL.test(text)) return text
    if (pseudonyms.isPeer(text)) return pseudonyms.peer(text)
    if (pseudonyms.isAddress(text)) return pseudonyms.address(text)
    if (/^(?:\/|[A-Za-z]:\\|~[/\\])[^\n]{0,1000}$/.test(text)) return this.path(text)
    return undefined
  }

  #list(text: string): string | undefined {
    if (!text.includes(', ')) return undefined
    const items = text.split(', ')
    if (items.length > MAX_ITEMS) return undefined
    const said = items.map((item) => (this.#parts.texts.isOwn(item) ? item : this.#single(item)))
    return said.every((item) => item !== undefined) ? said.join(', ') : undefined
  }

  #value(value: unknown, nesting: number): unknown {
    switch (typeof value) {
      case 'string':
        return this.text(value)
      case 'number':
      case 'boolean':
        return value
      case 'object':
        if (value === null) return null
        if (nesting >= MAX_NESTING) return HIDDEN
        if (Array.isArray(value))
          return value.slice(0, MAX_ITEMS).map((item) => this.#value(item, nesting + 1))
        return this.#fields(value as Record<string, unknown>, nesting)
      default:
        return HIDDEN
    }
  }

  #fields(record: Record<string, unknown>, nesting: number): Record<string, unknown> {
    const { texts } = this.#parts
    const said: Record<string, unknown> = {}
    for (const [name, field] of Object.entries(record).slice(0, MAX_ITEMS)) {
      if (!texts.isName(name)) continue
      if (name === 'stack' && typeof field === 'string') said[name] = framesOf(field)
      // Classes of errors of libraries are known by a look at their names.
      else if (name === 'name' && typeof field === 'string' && /^[A-Z][A-Za-z]{2,40}Error$/.test(field))
        said[name] = field
      else if (
        name === 'code' &&
        typeof field === 'string' &&
        /^(?:ERR|SQLITE|UND_ERR)_[A-Z_]{2,40}$/.test(field)
      )
        said[name] = field
      else said[name] = this.#value(field, nesting + 1)
    }
    return said
  }
}

/** Where in the program: its files and lines, without the folders that they are in, and without the message above. */
function framesOf(stack: string): string[] {
  const frames: string[] = []
  for (const line of stack.split('\n')) {
    const found =
      /^\s*at (?:(?:async )?([\w.#<>$ ]{1,80}) \()?[^()\n]*?([\w.-]{1,60}\.(?:js|mjs|cjs|ts)):(\d+):(\d+)\)?$/.exec(
        line,
      )
    if (found === null || frames.length >= MAX_FRAMES) continue
    const [, , file, row, column] = found
    frames.push(`${file}:${row}:${column}`)
  }
  return frames
}
