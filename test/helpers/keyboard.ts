import type { Page } from 'playwright-core'

/** More controls than any view has. */
const MOST_STEPS = 120

/** What the focused control is called, as a screen reader would begin to say it. */
export function focusedName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const focused = document.activeElement
    if (focused === null || focused === document.body) return ''
    const label = focused.getAttribute('aria-label') ?? (focused as HTMLInputElement).labels?.[0]?.textContent
    return (label ?? focused.textContent ?? '').trim()
  })
}

/** Presses Tab until a control of that name has the focus. Throws if none ever has. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const seen: string[] = []
  for (let step = 0; step < MOST_STEPS; step += 1) {
    await page.keyboard.press('Tab')
    const focused = await focusedName(page)
    if (focused === name) return
    seen.push(focused)
  }
  throw new Error(`Nothing called "${name}" gets the focus; what does: ${[...new Set(seen)].join(', ')}`)
}

/** Goes to a button, by Tab alone, and presses it. */
export async function pressButton(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true, disabled: false }).waitFor()
  await tabTo(page, name)
  await page.keyboard.press('Enter')
}
