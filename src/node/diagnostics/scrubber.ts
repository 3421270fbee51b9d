/** A text that must not be in a bundle, and what stands in its place. */
export interface KnownSecret {
  readonly text: string
  /** `[key]`, `~`, `[user]`. */
  readonly as: string
}

/** Shorter ones, such as a user called `al`, are in half of all words. */
const MIN_SECRET = 3
/** What two texts have in common by so many characters, they have not by chance. */
const BLOCK = 16

/**
 * The second line: takes out of a bundle what this node knows to be secret, in whatever form it is written. The first one
 * is that such texts have no way in (see `SafeText`), so that this one is for what nobody thought of.
 */
export class Scrubber {
  readonly #exact: readonly KnownSecret[]
  /** Pieces of contents: prompts, results, memories. */
  readonly #blocks = new Set<string>()

  constructor(secrets: readonly KnownSecret[], contents: readonly string[]) {
    const forms = secrets
      .filter(({ text }) => text.length >= MIN_SECRET)
      .flatMap(({ text, as }) => formsOf(text).map((form) => ({ text: form, as })))
    // The longest first: a folder's path before the user's name in it.
    this.#exact = uniqueOf(forms).sort((one, other) => other.text.length - one.text.length)
    for (const content of contents) this.#addContent(content)
  }

  /** A whole file's text. Lines that have a piece of a content are replaced altogether. */
  scrub(text: string): string {
    let scrubbed = text
    for (const secret of this.#exact) scrubbed = scrubbed.replaceAll(secret.text, secret.as)
    if (this.#blocks.size === 0) return scrubbed
    return scrubbed
      .split('\n')
      .map((line) => (this.#hasContent(line) ? '[a line with contents of a task was taken out]' : line))
      .join('\n')
  }

  #addContent(content: string): void {
    for (const form of formsOf(content)) {
      for (let at = 0; at + BLOCK <= form.length; at += BLOCK) this.#blocks.add(form.slice(at, at + BLOCK))
    }
  }

  #hasContent(line: string): boolean {
    for (let at = 0; at + BLOCK <= line.length; at++) {
      if (this.#blocks.has(line.slice(at, at + BLOCK))) return true
    }
    return false
  }
}

/** A text as it is, and as JSON, addresses, base64 and hexadecimal digits write it. */
export function formsOf(text: string): string[] {
  const bytes = Buffer.from(text)
  const json = JSON.stringify(text).slice(1, -1)
  const forms = [
    text,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(text.toWellFormed()),
    encodeURI(text.toWellFormed()),
    new URLSearchParams({ '': text }).toString().slice(1),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ]
  // Where it stands among other bytes, each of three beginnings gives other digits; the first and last few mix with theirs.
  for (const lead of [0, 1, 2]) {
    const digits = Buffer.concat([Buffer.alloc(lead), bytes])
      .toString('base64')
      .replaceAll('=', '')
    const own = digits.slice(lead === 0 ? 0 : lead + 1, (bytes.length + lead) % 3 === 0 ? undefined : -1)
    // Few digits say little, and would be found everywhere.
    if (own.length >= 8) forms.push(own, own.replaceAll('+', '-').replaceAll('/', '_'))
  }
  return [...new Set(forms)].filter((form) => form.length >= MIN_SECRET)
}

function uniqueOf(secrets: readonly KnownSecret[]): KnownSecret[] {
  const byText = new Map<string, KnownSecret>()
  for (const secret of secrets) if (!byText.has(secret.text)) byText.set(secret.text, secret)
  return [...byText.values()]
}
