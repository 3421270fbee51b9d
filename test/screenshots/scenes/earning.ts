import type { RunningApp } from '../../helpers/app.ts'
import type { Camera } from '../camera.ts'
import { goTo } from './at-work.ts'

export async function tasks(camera: Camera, app: RunningApp): Promise<void> {
  const { page } = app
  await goTo(page, 'tasks')
  const grid = page.getByRole('grid', { name: 'Tasks' })
  await grid.getByRole('row').nth(12).waitFor()
  await camera.take(app, 'tasks')
  await grid
    .getByRole('row', { name: /Earned.*Story book/ })
    .first()
    .click()
  await page.getByRole('dialog').getByText('Receipt', { exact: false }).first().waitFor()
  await camera.take(app, 'task-details')
  await page.keyboard.press('Escape')
}

export async function earnings(camera: Camera, app: RunningApp): Promise<void> {
  const { page } = app
  await goTo(page, 'earnings')
  await page.locator('.recharts-surface').first().waitFor()
  await camera.take(app, 'earnings')
  await goTo(page, 'earnings/unpaid')
  await page.getByRole('row', { name: /Summary of a page/ }).waitFor()
  await camera.take(app, 'earnings-unpaid')
  await goTo(page, 'earnings/requesters')
  await page.getByRole('grid', { name: 'Requesters' }).getByRole('row').nth(3).waitFor()
  await camera.take(app, 'earnings-requesters')
  await goTo(page, 'earnings/statements')
  await page.getByRole('button', { name: 'Make a statement…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Make a statement' })
  await dialog.getByRole('combobox', { name: 'Requester' }).click()
  await page.getByRole('option').first().click()
  await camera.take(app, 'earnings-statement')
  await page.keyboard.press('Escape')
  await goTo(page, 'earnings/ledger')
  await page.getByRole('row').nth(8).waitFor()
  await camera.take(app, 'earnings-ledger')
}
