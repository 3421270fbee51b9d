import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import type { Language } from '../../src/locales/translate.ts'

type Words = { readonly [name: string]: string | Words }

/**
 * What a page says in English although it speaks another language, by the English words of some namespaces: texts, and the
 * attributes that are read out or shown. A text that the language has itself is none of them.
 */
export async function leftInEnglish(
  page: Page,
  language: Language,
  namespaces: readonly string[],
): Promise<string[]> {
  if (language === 'en') return []
  const english = sayingsOf('en', namespaces)
  const own = sayingsOf(language, namespaces)
  const said = await page.evaluate(() => {
    const texts = new Set<string>()
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) texts.add(walker.currentNode.textContent?.trim() ?? '')
    for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
      for (const element of document.querySelectorAll(`[${name}]`))
        texts.add(element.getAttribute(name) ?? '')
    return [...texts]
  })
  return said.filter((text) => isAmong(text, english) && !isAmong(text, own))
}

interface Saying {
  /** Its longest part between placeholders, by which nearly all that is another text is told at once. */
  readonly part: string
  /** What stands in its placeholders may be anything. */
  readonly pattern: RegExp
}

function isAmong(text: string, sayings: readonly Saying[]): boolean {
  return sayings.some(({ part, pattern }) => text.includes(part) && pattern.test(text))
}

const read = new Map<string, readonly Saying[]>()

function sayingsOf(language: Language, namespaces: readonly string[]): Saying[] {
  return namespaces.flatMap((namespace) => {
    const key = `${language}/${namespace}`
    const known = read.get(key) ?? readSayings(key)
    read.set(key, known)
    return known
  })
}

/** One for each text; elements in it are texts of their own. */
function readSayings(name: string): Saying[] {
  const path = new URL(`../../src/locales/${name}.json`, import.meta.url)
  return (
    textsOf(JSON.parse(readFileSync(fileURLToPath(path), 'utf8')) as Words)
      .flatMap((text) => text.split(/<\/?\w+\s*\/?>/))
      .map((text) => text.trim().split(/\{\{.*?\}\}/))
      // `{{a}} of {{b}}` is the form of many a title that nobody here wrote.
      .filter((parts) => letters(parts) >= (parts.length > 1 ? 6 : 2))
      .map((parts) => ({
        part: parts.reduce((longest, part) => (part.length > longest.length ? part : longest)),
        pattern: new RegExp(`^${parts.map(escaped).join('.+')}$`, 's'),
      }))
  )
}

function letters(parts: readonly string[]): number {
  return parts.join('').match(/\p{L}/gu)?.length ?? 0
}

function textsOf(words: Words): string[] {
  return Object.values(words).flatMap((value) => (typeof value === 'string' ? value : textsOf(value)))
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
