import type { RunningApp } from '../../helpers/app.ts'
import type { Camera } from '../camera.ts'
import { goTo } from './at-work.ts'

export async function upkeep(camera: Camera, app: RunningApp): Promise<void> {
  const { page } = app
  await goTo(page, 'health')
  const check = page.getByRole('button', { name: /^Check now: / })
  // It checks the database by itself a minute after the start.
  if (await check.isVisible()) await check.click()
  await page.getByText('The database is sound', { exact: false }).waitFor()
  await camera.take(app, 'health')
  await page.getByRole('button', { name: 'Save diagnostics…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Diagnostics' })
  await dialog.getByText('about.json').click()
  await camera.take(app, 'diagnostics')
  await page.keyboard.press('Escape')

  await goTo(page, 'logs')
  await page.getByRole('log').getByRole('button').nth(8).waitFor()
  await camera.take(app, 'logs')
  await page.getByRole('textbox', { name: 'Search logs' }).fill('task')
  await page.getByRole('log').getByRole('button').nth(2).click()
  await camera.take(app, 'log-line')

  await goTo(page, 'settings')
  await camera.take(app, 'settings')
  const search = page.getByRole('textbox', { name: 'Search settings' })
  await search.fill('schedule')
  // The track lies over the input; a person clicks on it all the same.
  const schedule = page.getByRole('region', { name: 'When to run' }).getByRole('switch')
  await schedule.click({ force: true })
  await page.getByText('hours a week', { exact: false }).waitFor()
  await camera.take(app, 'settings-schedule')
  await schedule.click({ force: true })
  await search.fill('tools')
  await camera.take(app, 'settings-tools')
  await search.fill('')
}
