/**
 * A text with placeholders, taken apart once for a run: `{name}` and `{{name}}` for the names of a task's inputs.
 * Filling is a single pass: what an input brings in is never scanned. Every other brace stays as it is.
 */
export class Template {
  readonly #literals: readonly string[]
  /** Index into the task's inputs, for the gap after each literal but the last. */
  readonly #gaps: readonly number[]
  readonly #literalChars: number

  /** @param names Of the inputs, in order; of equal names the last one counts. */
  constructor(text: string, names: readonly string[]) {
    const literals: string[] = []
    const gaps: number[] = []
    let from = 0
    if (names.length > 0) {
      const indexByName = new Map(names.map((name, index) => [name, index]))
      for (const match of text.matchAll(placeholders(names))) {
        literals.push(text.slice(from, match.index))
        gaps.push(indexByName.get(match[1] ?? match[2] ?? '') as number)
        from = match.index + match[0].length
      }
    }
    literals.push(text.slice(from))
    this.#literals = literals
    this.#gaps = gaps
    this.#literalChars = literals.reduce((sum, literal) => sum + literal.length, 0)
  }

  /** How many characters `fill` gives. */
  filledLength(values: readonly string[]): number {
    let chars = this.#literalChars
    for (const gap of this.#gaps) chars += (values[gap] as string).length
    return chars
  }

  fill(values: readonly string[]): string {
    let text = this.#literals[0] as string
    for (let at = 0; at < this.#gaps.length; at++) {
      text += values[this.#gaps[at] as number] as string
      text += this.#literals[at + 1] as string
    }
    return text
  }
}

function placeholders(names: readonly string[]): RegExp {
  // Longest first, because alternatives are tried in order.
  const alternatives = [...new Set(names)]
    .sort((a, b) => b.length - a.length)
    .map((name) => escaped(name))
    .join('|')
  return new RegExp(`\\{\\{(${alternatives})\\}\\}|\\{(${alternatives})\\}`, 'g')
}

// RegExp.escape is younger than the oldest Electron that this runs on.
function escaped(name: string): string {
  return name.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
