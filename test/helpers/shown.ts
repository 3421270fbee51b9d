import type { Page } from 'playwright-core'

/** Where the app's node listens on this computer, as its window shows it. */
export async function localAddressOf(page: Page): Promise<string> {
  await page.getByRole('link', { name: 'Network' }).click()
  const text = await page
    .getByText(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\//)
    .first()
    .textContent()
  if (text === null) throw new Error('The Network view shows no address')
  return text.trim()
}

/** An amount as tiles show it: in credits, with three significant digits. */
export function tileText(micro: number): string {
  return String(Number((micro / 1e6).toPrecision(3)))
}
