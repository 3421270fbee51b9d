/** Beyond this depth of shared prefixes, alternatives are written side by side. */
const MAX_NESTING = 48

/**
 * GBNF of "one of these texts", as a tree of shared prefixes: at any character llama.cpp follows one reading of the
 * text instead of one for each text that is still possible.
 */
export function literalsGrammar(texts: readonly string[]): string {
  const tree = alternatives(
    [...new Set(texts)].map((text) => Array.from(text)),
    0,
  )
  return tree.length === 1 ? (tree[0] ?? '""') : `(${tree.join(' | ')})`
}

/** A GBNF string that matches exactly the text. */
export function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not stand in a grammar as they are
  return `"${escaped.replace(/[\x00-\x1f\x7f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`
}

function alternatives(texts: readonly (readonly string[])[], nesting: number): string[] {
  if (nesting >= MAX_NESTING) return texts.map((text) => quoted(text.join('')))
  const groups = new Map<string, (readonly string[])[]>()
  for (const text of texts) {
    const first = text[0] ?? ''
    const members = groups.get(first)
    if (members === undefined) groups.set(first, [text])
    else members.push(text)
  }
  return [...groups.values()].map((members) => branch(members, nesting))
}

function branch(members: readonly (readonly string[])[], nesting: number): string {
  const [head = []] = members
  if (members.length === 1) return quoted(head.join(''))
  let shared = 1
  while (shared < head.length && members.every((text) => text[shared] === head[shared])) shared++
  const rests = members.map((text) => text.slice(shared))
  const longer = rests.filter((rest) => rest.length > 0)
  const tail = `(${alternatives(longer, nesting + 1).join(' | ')})`
  return `${quoted(head.slice(0, shared).join(''))} ${tail}${longer.length < rests.length ? '?' : ''}`
}
