import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** What the build writes beside the program: see scripts/build/program-texts.mjs. */
const FILE = 'program-texts.json'

const fileSchema = z.object({
  /** Each as what stands between its gaps. */
  texts: z.array(z.array(z.string()).min(1)),
  words: z.array(z.string()),
  names: z.array(z.string()),
})

export interface ProgramTextsFile extends z.output<typeof fileSchema> {}

/** What this program's own code can say: texts with gaps, single words, names of fields. */
export class ProgramTexts {
  readonly #whole = new Set<string>()
  readonly #withGaps: readonly (readonly string[])[]
  readonly #words: ReadonlySet<string>
  readonly #names: ReadonlySet<string>

  constructor({ texts, words, names }: ProgramTextsFile) {
    const withGaps: string[][] = []
    for (const parts of texts) {
      if (parts.length === 1) this.#whole.add(parts[0] ?? '')
      else withGaps.push(parts)
    }
    // The one that says most first: `a ${x} of ${y}` before `a ${x}`.
    this.#withGaps = withGaps.sort((one, other) => lettersOf(other) - lettersOf(one))
    this.#words = new Set(words)
    this.#names = new Set(names)
  }

  get isEmpty(): boolean {
    return this.#whole.size === 0
  }

  /** A text or word of the program's, with nothing in between that is not. */
  isOwn(text: string): boolean {
    return this.#words.has(text) || this.#whole.has(text)
  }

  isName(name: string): boolean {
    return this.#names.has(name)
  }

  /**
   * The text of the program's that this one was made of: what stands between the gaps, and what was put into them. Undefined
   * where it was made of none. Linear in the text for each of the program's.
   */
  match(text: string): { readonly parts: readonly string[]; readonly gaps: readonly string[] } | undefined {
    for (const parts of this.#withGaps) {
      const gaps = gapsOf(text, parts)
      if (gaps !== undefined) return { parts, gaps }
    }
    return undefined
  }
}

/** Undefined where the text is not `parts` with something in between. The first place where a part fits is taken. */
function gapsOf(text: string, parts: readonly string[]): string[] | undefined {
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return undefined
  const gaps: string[] = []
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = part === '' ? at : text.indexOf(part, at)
    if (found < 0) return undefined
    gaps.push(text.slice(at, found))
    at = found + part.length
  }
  const end = text.length - last.length
  if (end < at) return undefined
  gaps.push(text.slice(at, end))
  return gaps
}

function lettersOf(parts: readonly string[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}

let loaded: ProgramTexts | undefined

/** Read once. Where the build's file is missing nothing is known, and a bundle says of free text only that there was some. */
export function programTexts(): ProgramTexts {
  loaded ??= new ProgramTexts(readFile())
  return loaded
}

function readFile(): ProgramTextsFile {
  const nothing = { texts: [], words: [], names: [] }
  let folder = dirname(fileURLToPath(import.meta.url))
  for (;;) {
    // Beside the built program, or in what was built of this clone.
    for (const path of [join(folder, FILE), join(folder, 'out', 'main', FILE)]) {
      if (existsSync(path)) return fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
    }
    const parent = dirname(folder)
    if (parent === folder) return nothing
    folder = parent
  }
}
