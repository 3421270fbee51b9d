import type { Page } from 'playwright-core'

/** What the navigation calls the views. */
const views = [
  'Overview',
  'Models',
  'Tasks',
  'Earnings',
  'Network',
  'Test',
  'Health',
  'Logs',
  'Settings',
] as const

/** Goes to the next of the views, round and round, and looks about in it. */
export async function walkOn(page: Page, step: number): Promise<void> {
  const view = views[step % views.length] ?? 'Overview'
  await openView(page, view)
  if (view === 'Tasks') await lookAtTask(page)
  if (view === 'Earnings') {
    await page.getByRole('tab', { name: 'Ledger' }).click()
    await page.getByRole('tab', { name: 'Overview' }).click()
  }
  await page.mouse.move(700, 500)
  for (let turn = 0; turn < 4; turn++) await page.mouse.wheel(0, turn < 3 ? 900 : -2_700)
}

export async function openView(page: Page, view: (typeof views)[number]): Promise<void> {
  await page
    .getByRole('navigation')
    .getByRole('link', { name: new RegExp(`^${view}`) })
    .click()
  await page.getByRole('heading', { level: 1, name: view }).waitFor()
}

/** Opens the drawer of the newest task, and closes it. */
async function lookAtTask(page: Page): Promise<void> {
  await page
    .getByRole('row', { name: /dragons/ })
    .first()
    .click()
  const drawer = page.getByRole('dialog')
  await drawer.waitFor()
  await page.keyboard.press('Escape')
  await drawer.waitFor({ state: 'hidden' })
}

export async function join(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Join', exact: true }).first().click()
  await nodeCard(page).getByText('Online', { exact: false }).first().waitFor()
}

export async function pause(page: Page): Promise<void> {
  await nodeCard(page).getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('menuitem', { name: 'Until I resume' }).click()
  await nodeCard(page).getByText('You paused it').waitFor()
}

/** The node's state with its switches. */
const nodeCard = (page: Page) => page.getByRole('region', { name: 'Node' })

/** Bytes of JavaScript objects of the page, with and without those that nothing refers to any more. */
export async function heapOf(page: Page): Promise<{ readonly liveBytes: number; readonly nodes: number }> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  const { nodes } = await session.send('Memory.getDOMCounters')
  await session.detach()
  return { liveBytes: usedSize, nodes }
}
