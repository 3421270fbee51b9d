import { readJson } from './read-json.ts'

// Models wrap what they were asked for. These take it out again, and leave alone what is not wrapped.

/**
 * A text without what models put around it: their thoughts, a code fence, a label as "New prompt:", quotes.
 * @param labels That may stand in front, in any case.
 */
export function tidyText(text: string, labels: readonly string[] = []): string {
  let tidy = withoutThoughts(text).trim()
  const fenced = /^```[\w+#-]*[ \t]*\n([\s\S]*?)\n?```$/.exec(tidy)
  if (fenced && !fenced[1]?.includes('```')) tidy = (fenced[1] ?? '').trim()
  for (const label of labels) {
    const marked = new RegExp(`^[#*_\\s]*${label}[#*_\\s]*:[*_]*\\s*`, 'i')
    tidy = tidy.replace(marked, '')
  }
  const quoted = /^(?:"([^"]*)"|“([^“”]*)”)$/.exec(tidy)
  return (quoted?.[1] ?? quoted?.[2] ?? tidy).trim()
}

/** The code of a text: its first code block, one of the language before others; the text itself where it has none. */
export function tidyCode(text: string, language?: string): string {
  const tidy = withoutThoughts(text)
  const blocks = [...tidy.matchAll(/```([^\n`]*)\n([\s\S]*?)(?:```|$)/g)]
  const wanted =
    blocks.find((block) => block[1]?.trim().toLowerCase() === language?.toLowerCase()) ?? blocks[0]
  return (wanted?.[2] ?? tidy).replace(/^\s*\n/, '').trimEnd()
}

/** The items of a list that is JSON, or one line each, numbered or not. Each once. */
export function tidyList(text: string): readonly string[] {
  const value = listIn(readJson(text))
  const items =
    value?.map((item) => (typeof item === 'string' ? item.trim() : JSON.stringify(item))) ??
    withoutThoughts(text)
      .split('\n')
      .map((line) => tidyText(line.replace(/^\s*(?:[-*•]|\(?\d{1,3}[.):])\s+/, '')))
  return distinct(items.filter((item) => item !== '' && !item.startsWith('```')))
}

/** Each text once, whatever its case; the first of equal ones stays. */
export function distinct(texts: readonly string[]): readonly string[] {
  const seen = new Set<string>()
  return texts.filter((text) => {
    const key = text.trim().toLowerCase()
    return !seen.has(key) && seen.add(key)
  })
}

/** What stands in `<tag>…</tag>`, to the end of the text where it is not closed. */
export function tagged(text: string, tag: string): string | undefined {
  return new RegExp(`<${tag}>([\\s\\S]*?)(?:</${tag}>|$)`, 'i').exec(text)?.[1]?.trim()
}

/** The texts of a result that is a JSON array of texts, tidied; nothing where it is something else. */
export function tidyParts(text: string, labels: readonly string[] = []): readonly string[] {
  const parts = readJson(text)
  if (!Array.isArray(parts)) return []
  return parts.map((part) => tidyText(typeof part === 'string' ? part : JSON.stringify(part), labels))
}

/** A list, or the one list that an object holds. */
function listIn(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value
  if (typeof value !== 'object' || value === null) return undefined
  const lists = Object.values(value).filter((part) => Array.isArray(part))
  return lists.length === 1 ? lists[0] : undefined
}

/** What reasoning models say before their answer. */
function withoutThoughts(text: string): string {
  return text.replace(/^\s*<think>[\s\S]*?<\/think>/i, '')
}
