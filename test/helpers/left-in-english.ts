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
  const english = namespaces.flatMap((namespace) => patternsOf('en', namespace))
  const own = namespaces.flatMap((namespace) => patternsOf(language, namespace))
  const said = await page.evaluate(() => {
    const texts = new Set<string>()
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) texts.add(walker.currentNode.textContent?.trim() ?? '')
    for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
      for (const element of document.querySelectorAll(`[${name}]`))
        texts.add(element.getAttribute(name) ?? '')
    return [...texts]
  })
  return said.filter(
    (text) => english.some((pattern) => pattern.test(text)) && !own.some((pattern) => pattern.test(text)),
  )
}

/** One for each text: what stands in its placeholders may be anything, and its elements are texts of their own. */
function patternsOf(language: Language, namespace: string): RegExp[] {
  const path = new URL(`../../src/locales/${language}/${namespace}.json`, import.meta.url)
  return textsOf(JSON.parse(readFileSync(fileURLToPath(path), 'utf8')) as Words)
    .flatMap((text) => text.split(/<\/?\w+\s*\/?>/))
    .map((text) => text.trim())
    .filter((text) => /\p{L}{2}/u.test(text.replace(/\{\{.*?\}\}/g, '')))
    .map(
      (text) =>
        new RegExp(
          `^${text
            .split(/\{\{.*?\}\}/)
            .map(escaped)
            .join('.+')}$`,
          's',
        ),
    )
}

function textsOf(words: Words): string[] {
  return Object.values(words).flatMap((value) => (typeof value === 'string' ? value : textsOf(value)))
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
