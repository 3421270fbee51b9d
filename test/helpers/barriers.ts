import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What a screen reader, a keyboard or weak eyes would stumble over. */
export async function barriers(page: Page): Promise<string[]> {
  // Half-way in, all that opens has too little contrast.
  await page.waitForFunction(() => !document.getAnimations().some((it) => it instanceof CSSTransition))
  await page.evaluate(axe)
  const results = await page.evaluate<AxeResults>('axe.run(document, { resultTypes: ["violations"] })')
  return results.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id} (${violation.impact}): ${node.html.slice(0, 200)}`),
  )
}
