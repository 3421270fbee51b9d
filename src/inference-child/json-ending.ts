import { DriadError } from '../protocol/errors.ts'
import { GrammarCursor } from '../protocol/json-schema/grammar-cursor.ts'
import type { Grammar } from '../protocol/json-schema/read-grammar.ts'

/** Tokens beyond those that the end needs at least, from which on the model is urged to come to it. */
const ROOM_TOKENS = 32
/** Characters that a text may have before it is urged to its end. */
const SHORT_CHARS = 16

/** What a model should write now, if the grammar allows it: the end of a text, or that of a list or an object. */
export type Urge = 'quote' | 'bracket' | undefined

/**
 * Brings JSON to its end within a limit of tokens. Small models left free in a text or a list go on for ever; so, as the
 * limit comes near, the model is urged to end what is open, and at the very last the shortest end is written for it.
 */
export class JsonEnding {
  readonly #countTokens: (text: string) => number
  #cursor: GrammarCursor
  #inText = false
  #escaped = false
  #inNumber = false
  /** Characters of the text under way. */
  #textChars = 0
  /** Whether the shortest end fits into what is left: from then on it always will. */
  #assured: boolean

  /**
   * @param maxTokens of the answer
   * @throws DriadError `context_exceeded` where whatever JSON of the grammar has more.
   */
  constructor(grammar: Grammar, countTokens: (text: string) => number, maxTokens: number) {
    this.#countTokens = countTokens
    this.#cursor = GrammarCursor.at(grammar)
    this.#assured = this.#fits(this.#cursor, maxTokens)
    if (this.#assured) return
    // A model fills a text of some length with words, which are fewer tokens than one letter over and over.
    const { end } = this.#cursor
    if (end === undefined || countTokens(end.replaceAll(/(.)\1+/g, '$1')) > maxTokens) throw tooFew(maxTokens)
  }

  /**
   * Takes what the model wrote, with `left` tokens to come after it. False where the JSON could then not be completed
   * any more: what was written does not count, and `complete` goes on from what was there before.
   */
  take(text: string, left: number): boolean {
    const cursor = this.#cursor.after(text)
    const fits = this.#fits(cursor, left)
    if (this.#assured && !fits) return false
    this.#assured = fits
    this.#cursor = cursor
    for (const char of text) this.#follow(char)
    return true
  }

  /**
   * The shortest text that completes the JSON; empty where it is complete.
   * @throws DriadError `context_exceeded` where it never fitted
   */
  complete(maxTokens: number): string {
    const { end } = this.#cursor
    if (this.#assured && end !== undefined) return end
    throw tooFew(maxTokens)
  }

  urge(left: number): Urge {
    // Tokens are rarely of one character, so this leaves the values that are missing yet some room.
    if (left > (this.#cursor.end ?? '').length + ROOM_TOKENS) return undefined
    if (this.#inText) return this.#textChars >= SHORT_CHARS && !this.#escaped ? 'quote' : undefined
    return this.#inNumber ? undefined : 'bracket'
  }

  #fits(cursor: GrammarCursor, left: number): boolean {
    const { end } = cursor
    if (end === undefined) return false
    // A token has at least one byte.
    return end.length * 3 <= left || this.#countTokens(end) <= left
  }

  #follow(char: string): void {
    if (!this.#inText) {
      this.#inNumber = /[-+.0-9eE]/.test(char) && (this.#inNumber || /[-0-9]/.test(char))
      if (char !== '"') return
      this.#inText = true
      this.#textChars = 0
    } else if (this.#escaped) this.#escaped = false
    else if (char === '\\') this.#escaped = true
    else if (char === '"') this.#inText = false
    this.#textChars++
  }
}

function tooFew(maxTokens: number): DriadError {
  return new DriadError(
    'context_exceeded',
    `The JSON cannot be complete within ${maxTokens} tokens; allow more (max_tokens), or ask for less`,
  )
}
