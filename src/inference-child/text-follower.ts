export interface TextFollowerInit {
  /** The text is JSON whose spaces were taken out: there may have been any between its tokens. */
  readonly compact: boolean
  /** What is written may go on after the text. */
  readonly openEnd: boolean
}

/** Where the reading is: what is left, and whether that begins within a JSON string, after a backslash. */
interface Place {
  readonly rest: string
  readonly inString: boolean
  readonly escaped: boolean
}

/** Follows a text by what is written of it, piece by piece. */
export class TextFollower {
  readonly #init: TextFollowerInit
  #place: Place

  constructor(text: string, init: TextFollowerInit) {
    this.#init = init
    this.#place = { rest: text, inString: false, escaped: false }
  }

  get rest(): string {
    return this.#place.rest
  }

  /** Whether this piece comes next. One without a character does not: nothing tells. */
  isNext(piece: string): boolean {
    return piece !== '' && this.#after(piece) !== undefined
  }

  /** Goes on by a piece. False where it does not come next; nothing can be followed any more then. */
  take(piece: string): boolean {
    const after = this.#after(piece)
    if (after !== undefined) this.#place = after
    return after !== undefined
  }

  #after(piece: string): Place | undefined {
    const { rest } = this.#place
    if (!this.#init.compact) {
      if (rest.startsWith(piece)) return { ...this.#place, rest: rest.slice(piece.length) }
      return this.#init.openEnd && piece.startsWith(rest) ? { ...this.#place, rest: '' } : undefined
    }
    let { inString, escaped } = this.#place
    let at = 0
    for (const char of piece) {
      if (!inString && isSpace(char)) continue
      if (at >= rest.length || !rest.startsWith(char, at)) return undefined
      at += char.length
      if (escaped) escaped = false
      else if (inString && char === '\\') escaped = true
      else if (char === '"') inString = !inString
    }
    return { rest: rest.slice(at), inString, escaped }
  }
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\n' || char === '\r' || char === '\t'
}
