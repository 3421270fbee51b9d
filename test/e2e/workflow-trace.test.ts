import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What a screen reader, a keyboard or weak eyes would stumble over, a line each. */
async function barriers(page: Page): Promise<string> {
  // Half-way in, all that opens has too little contrast.
  await page.waitForFunction(() => !document.getAnimations().some((it) => it instanceof CSSTransition))
  await page.evaluate(axe)
  const results = await page.evaluate<AxeResults>('axe.run(document, { resultTypes: ["violations"] })')
  return results.violations
    .flatMap(({ id, impact, nodes }) => nodes.map((node) => `${id} (${impact}): ${node.html.slice(0, 200)}`))
    .join('\n')
}

const graphOf = (drawer: Locator) => drawer.getByRole('application', { name: /^Workflow graph/ })
const traceOf = (drawer: Locator) => drawer.getByRole('region', { name: 'Steps of the run' })
/** Scrolls a part of the drawer to just below its head. */
const toTop = (part: Locator) =>
  part.evaluate((element: HTMLElement) => {
    element.style.scrollMarginTop = '64px'
    element.scrollIntoView({ block: 'start' })
  })

describe('a workflow and its run, in the details of a task', () => {
  let pages: BarePages

  beforeAll(async () => {
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
  })

  /** Opens the first task in the list that is in this state, and scrolls to its steps. */
  async function openTask(state: string, query = 'theme=dark'): Promise<{ page: Page; drawer: Locator }> {
    const page = await pages.open(`?${query}#/tasks`, { width: 1280, height: 1160 })
    onTestFinished(() => page.close())
    const table = page.getByRole('grid', { name: 'Tasks' })
    await table.getByRole('row').filter({ hasText: state }).first().click()
    const drawer = page.getByRole('dialog', { name: 'Task details' })
    const heading = drawer.getByRole('heading', { name: 'Steps' })
    await heading.waitFor()
    await page.evaluate(() => document.fonts.ready)
    await toTop(heading)
    return { page, drawer }
  }

  describe.each(['dark', 'light'] as const)('in the %s theme', (theme) => {
    it('show what is running, without barriers', async () => {
      const { page, drawer } = await openTask('Running', `theme=${theme}`)
      await graphOf(drawer)
        .getByRole('button', { name: /^Write a simpler one Running Generation/ })
        .waitFor()
      await traceOf(drawer).getByText('running').waitFor()
      await saveScreenshot(page, `workflow-running-${theme}`)
      expect(await barriers(page)).toBe('')
    })

    it('show what was done, and an opened step, without barriers', async () => {
      const { page, drawer } = await openTask('Earned', `theme=${theme}`)
      const graph = graphOf(drawer)
      await graph.getByRole('button', { name: /^Judge it Done Generation 3 runs/ }).waitFor()
      await graph.getByText('Ended').waitFor()
      await saveScreenshot(page, `workflow-done-${theme}`)
      await graph.getByRole('button', { name: /^Look the answers up/ }).click()
      const trace = traceOf(drawer)
      await trace.getByText('Find what answers these').waitFor()
      await toTop(trace)
      await saveScreenshot(page, `workflow-step-${theme}`)
      expect(await barriers(page)).toBe('')
    })

    it('show the memory after an opened step, without barriers', async () => {
      const { page, drawer } = await openTask('Earned', `theme=${theme}`)
      await traceOf(drawer)
        .getByRole('button', { name: /^Step 6 Write a simpler one/ })
        .click()
      await drawer.getByRole('radio', { name: 'Memory' }).check()
      await drawer.getByText('After step 6', { exact: true }).waitFor()
      await drawer.getByText('pushed in step 6').waitFor()
      await toTop(drawer.getByRole('radiogroup', { name: 'Show' }))
      await saveScreenshot(page, `workflow-memory-${theme}`)
      expect(await barriers(page)).toBe('')
    })
  })

  it('name the task that failed', async () => {
    const { page, drawer } = await openTask('Failed')
    await graphOf(drawer)
      .getByRole('button', { name: /^Write a simpler one Failed/ })
      .waitFor()
    await traceOf(drawer)
      .getByRole('button', { name: /^Step 6 .*failed/ })
      .click()
    await traceOf(drawer).getByText('The prompt has 9,214 tokens').waitFor()
    await saveScreenshot(page, 'workflow-failed')
    expect(await barriers(page)).toBe('')
  })

  it('lead by keyboard from task to task, into the newest step of one, and back', async () => {
    const { page, drawer } = await openTask('Earned')
    const graph = graphOf(drawer)
    await graph.getByRole('button', { name: /^Pick a fact/ }).focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    const simpler = graph.getByRole('button', { name: /^Write a simpler one/, pressed: true })
    await simpler.waitFor()
    const open = traceOf(drawer).getByRole('button', { expanded: true })
    expect(await open.textContent()).toContain('Write a simpler one')
    await page.keyboard.press('Escape')
    await simpler.waitFor({ state: 'detached' })
    expect(await open.count()).toBe(0)
    expect(await drawer.isVisible()).toBe(true)
  })

  it('draw few elements for many steps, and say what they leave out', async () => {
    const { page, drawer } = await openTask('Earned', 'scenario=long')
    await drawer.getByText('400 earlier steps are counted, but no longer listed here.').waitFor()
    await graphOf(drawer).getByText('60 more tasks not drawn').waitFor()
    const rows = traceOf(drawer).getByRole('listitem')
    await rows.filter({ hasText: 'task-119' }).first().waitFor()
    expect(await rows.count()).toBeLessThan(60)
    await saveScreenshot(page, 'workflow-long')
  })

  it('follow a run while it goes on, hold still when scrolled up, and follow again', async () => {
    const { drawer } = await openTask('Running', 'live')
    const trace = traceOf(drawer)
    /** The place of the last row that is drawn: of all rows the last, while it follows. */
    const newest = async () => Number(await trace.getByRole('listitem').last().getAttribute('aria-posinset'))
    await expect.poll(newest).toBeGreaterThan(40)
    const before = await newest()
    await expect.poll(newest, { timeout: 20_000 }).toBeGreaterThan(before + 2)
    await trace.getByText('running').waitFor()
    await trace.evaluate((element) => element.scrollTo(0, 200))
    await drawer.getByRole('button', { name: 'Follow the run' }).waitFor()
    const place = await trace.evaluate((element) => element.scrollTop)
    const height = await trace.evaluate((element) => element.scrollHeight)
    await expect
      .poll(() => trace.evaluate((element) => element.scrollHeight), { timeout: 20_000 })
      .toBeGreaterThan(height)
    expect(await trace.evaluate((element) => element.scrollTop)).toBe(place)
    await drawer.getByRole('button', { name: 'Follow the run' }).click()
    await trace.getByText('running').waitFor()
  })

  it('move nothing for those who ask for no motion', async () => {
    const { page, drawer } = await openTask('Running')
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await graphOf(drawer)
      .getByRole('button', { name: /Running/ })
      .waitFor()
    // What was moving when they asked comes to its end.
    const moving = () =>
      page.evaluate(() =>
        document
          .getAnimations()
          .filter(({ playState }) => playState === 'running')
          .map(({ effect }) => (effect instanceof KeyframeEffect ? effect.target?.outerHTML : '')),
      )
    await expect.poll(moving).toEqual([])
  })

  it('logged no error in all of that', () => {
    expect(pages.errors).toEqual([])
  })
})
