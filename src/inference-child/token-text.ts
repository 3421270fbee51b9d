/** Tokens to text, of any tokens in a row. */
export type Detokenize<T> = (tokens: readonly T[]) => string

/** A character has at most four bytes, and a byte is at most one token. */
const MAX_TOKENS_PER_CHARACTER = 4

/**
 * Turns tokens into text as they come, whole characters only: a token may hold some bytes of one. What precedes is
 * detokenized along, because tokenizers drop or add spaces at a text's beginning.
 */
export class TokenText<T> {
  readonly #detokenize: Detokenize<T>
  #context: readonly T[]
  #contextText: string
  #pending: T[] = []

  /** @param before the last tokens of the prompt */
  constructor(detokenize: Detokenize<T>, before: readonly T[]) {
    this.#detokenize = detokenize
    this.#contextText = detokenize(before)
    // After nothing but special tokens the answer is a beginning itself, and loses the space that beginnings have.
    this.#context = this.#contextText === '' ? [] : before
  }

  /** The text that is complete with this token; may be empty. */
  push(token: T): string {
    this.#pending.push(token)
    const text = this.#textOf(this.#pending)
    if (text.endsWith('\uFFFD') && this.#pending.length < MAX_TOKENS_PER_CHARACTER) return ''
    return this.#take(text)
  }

  /** What `push` would return. */
  peek(token: T): string {
    const pending = [...this.#pending, token]
    const text = this.#textOf(pending)
    return text.endsWith('\uFFFD') && pending.length < MAX_TOKENS_PER_CHARACTER ? '' : text
  }

  /** What is left when no token comes any more; incomplete characters become U+FFFD. */
  end(): string {
    return this.#pending.length === 0 ? '' : this.#take(this.#textOf(this.#pending))
  }

  #textOf(pending: readonly T[]): string {
    const text = this.#detokenize([...this.#context, ...pending])
    return text.startsWith(this.#contextText)
      ? text.slice(this.#contextText.length)
      : this.#detokenize(pending)
  }

  #take(text: string): string {
    this.#context = this.#pending
    this.#contextText = this.#detokenize(this.#context)
    this.#pending = []
    return text
  }
}
