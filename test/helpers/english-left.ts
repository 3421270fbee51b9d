import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'

/** A tree of words, as the files of src/locales hold them. */
interface Words {
  readonly [name: string]: string | Words
}

/** Texts of the page's main part that are English although there are other words for them in that language. */
export async function englishLeft(
  page: Page,
  language: string,
  namespaces: readonly string[],
): Promise<string[]> {
  const texts = namespaces.flatMap((namespace) => {
    const english = flat(read('en', namespace))
    const other = flat(read(language, namespace))
    return [...english].filter(([key, text]) => !text.includes('{{') && other.get(key) !== text)
  })
  const untranslated = new Set(texts.map(([, text]) => text))
  const shown = await page.evaluate(() => {
    const walker = document.createTreeWalker(
      document.querySelector('main') ?? document.body,
      NodeFilter.SHOW_TEXT,
    )
    const found: string[] = []
    while (walker.nextNode()) found.push(walker.currentNode.textContent?.trim() ?? '')
    for (const element of document.querySelectorAll('main [aria-label]'))
      found.push(element.getAttribute('aria-label') ?? '')
    return found
  })
  return shown.filter((text) => untranslated.has(text))
}

function read(language: string, namespace: string): Words {
  const file = new URL(`../../src/locales/${language}/${namespace}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as Words
}

function flat(words: Words, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(words).flatMap(([name, value]) =>
      typeof value === 'string' ? [[prefix + name, value] as const] : [...flat(value, `${prefix}${name}.`)],
    ),
  )
}
