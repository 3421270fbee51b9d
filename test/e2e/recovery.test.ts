import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchApp } from '../helpers/app.ts'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'
import { makeTestFolder } from '../helpers/driad-process.ts'

describe('recovery, with an invented node', () => {
  let pages: BarePages

  beforeAll(async () => {
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
  })

  it.each(['dark', 'light'] as const)('has no barriers in the %s theme', async (theme) => {
    for (const state of ['mended', 'safe', 'damaged']) {
      for (const size of [
        { width: 1280, height: 800 },
        { width: 900, height: 600 },
      ]) {
        const page = await pages.open(`?theme=${theme}&recovery=${state}#/overview`, size)
        await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
        await page.locator('.recharts-surface').first().waitFor()
        await saveScreenshot(page, `recovery-${state}-${size.width}-${theme}`)
        expect(await barriers(page)).toEqual([])
        await page.close()
      }
    }
    const page = await pages.open(`?theme=${theme}&recovery=mended#/settings`)
    const backups = page.getByRole('region', { name: 'Backups' })
    await backups.scrollIntoViewIfNeeded()
    await saveScreenshot(page, `recovery-backups-${theme}`)
    await backups
      .getByRole('button', { name: /^Restore the backup of/ })
      .nth(1)
      .press('Enter')
    await page.getByRole('dialog', { name: 'Restore a backup' }).waitFor()
    await saveScreenshot(page, `recovery-restore-${theme}`)
    expect(await barriers(page)).toEqual([])
    await page.close()
  })

  it('says what is lost, and does so until it was seen', async () => {
    const page = await pages.open('?recovery=mended#/overview')
    const note = page.getByRole('region', { name: 'What was mended' })
    await note.getByText('Entries 1,871 to 1,873 of the ledger are lost.').waitFor()
    await note.getByText('3 tasks that this computer executed are lost.').waitFor()
    await note.getByRole('button', { name: 'Dismiss' }).press('Enter')
    await note.waitFor({ state: 'detached' })
    await page.close()
  })
})

describe('the app in safe mode', () => {
  it('comes up without its work, and starts it when asked to', async () => {
    using folder = makeTestFolder()
    await using app = await launchApp({
      dataDir: folder.dataDir('app'),
      network: `safe-${process.pid}`,
      args: ['--safe-mode'],
    })
    const { page } = app
    await page.getByText('Safe mode, as you asked').waitFor()
    await app.screenshot('recovery-app-safe')
    await page.getByRole('button', { name: 'Start normally' }).press('Enter')
    await page.getByText('Safe mode, as you asked').waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Models' }).click()
    await page.getByText('Ready', { exact: false }).first().waitFor()
    await page.getByRole('button', { name: 'Join', exact: true }).first().click()
    await page.getByRole('region', { name: 'Node' }).getByText('Online', { exact: false }).first().waitFor()
  })
})
