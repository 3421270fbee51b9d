import type { Page } from 'playwright-core'
import enWords from '../../src/locales/en/index.ts'
import type { Language } from '../../src/locales/translate.ts'

type Tree = { readonly [name: string]: string | Tree }

/**
 * Texts, labels and hints of the page that stand there in English although that language has words of its own for them.
 * What may be there by chance, as the name of a model, is told by `except`.
 */
export async function englishLeft(
  page: Page,
  language: Exclude<Language, 'en'>,
  except?: RegExp,
): Promise<string[]> {
  const { default: own } = (await import(`../../src/locales/${language}/index.ts`)) as { default: Tree }
  const english = flatten(enWords)
  const theirs = flatten(own)
  const said = new Set(theirs.values())
  const patterns = [...english]
    .filter(
      ([key, text]) => /\p{L}{2}/u.test(withoutSlots(text)) && theirs.get(key) !== text && !said.has(text),
    )
    .map(([, text]) => patternOf(text))
  const shown = await page.evaluate(() => {
    const texts = new Set<string>()
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      if (node.parentElement?.closest('script, style, pre, code, .cm-content') === null)
        texts.add(node.textContent?.trim() ?? '')
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
      for (const name of ['aria-label', 'title', 'placeholder'])
        texts.add(element.getAttribute(name)?.trim() ?? '')
    }
    return [...texts]
  })
  return shown.filter((text) => except?.test(text) !== true && patterns.some((pattern) => pattern.test(text)))
}

function flatten(tree: Tree, prefix = '', into = new Map<string, string>()): Map<string, string> {
  for (const [name, value] of Object.entries(tree)) {
    if (typeof value === 'string') into.set(prefix + name, value)
    else flatten(value, `${prefix}${name}.`, into)
  }
  return into
}

const SLOT = /\{\{[^}]*\}\}|<\/?\w+\s*\/?>/

function withoutSlots(text: string): string {
  return text.replaceAll(new RegExp(SLOT, 'g'), '')
}

/** The text with anything in its slots; a text around an element is looked for whole, and in its parts. */
function patternOf(text: string): RegExp {
  const parts = text.split(new RegExp(SLOT, 'g')).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.+').trim()}$`)
}
