import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'

describe('updates in the settings, with an invented node', () => {
  let pages: BarePages

  beforeAll(async () => {
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
  })

  it.each(['dark', 'light'])(
    'offers a new version and says why another one was refused, in the %s theme',
    async (theme) => {
      const page = await pages.open(`?theme=${theme}&update=refused#/settings`)
      const panel = page.getByRole('region', { name: 'Updates' })
      await panel.getByRole('button', { name: 'Install now' }).scrollIntoViewIfNeeded()
      await panel.getByText('Driad 0.2.0 can be installed.').waitFor()
      const alert = panel.getByRole('alert')
      await alert.getByText('The previous version was put back').waitFor()
      await alert.getByText('not a GGUF file').waitFor()
      expect(await barriers(page)).toEqual([])
      await saveScreenshot(page, `window-settings-updates-${theme}`)
      await alert.getByRole('button', { name: 'Understood' }).click()
      await alert.waitFor({ state: 'hidden' })
      await panel.getByText('Ask', { exact: true }).click()
      expect(await panel.getByRole('radio', { name: 'Ask' }).isChecked()).toBe(true)
      await page.close()
    },
  )

  it('shows how far a download has come, and offers nothing meanwhile', async () => {
    const page = await pages.open('?update=downloading#/settings')
    const panel = page.getByRole('region', { name: 'Updates' })
    const progress = panel.getByRole('progressbar', { name: 'Download of the new version' })
    await progress.scrollIntoViewIfNeeded()
    expect(await progress.getAttribute('aria-valuenow')).toBe('42')
    expect(await panel.getByRole('button', { name: 'Check now' }).isDisabled()).toBe(true)
    expect(await panel.getByRole('button', { name: 'Install now' }).count()).toBe(0)
    expect(await barriers(page)).toEqual([])
    await page.close()
  })
})
