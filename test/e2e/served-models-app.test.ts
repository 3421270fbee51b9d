import { copyFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { launchApp } from '../helpers/app.ts'
import { barriers } from '../helpers/barriers.ts'
import { driad, makeTestFolder } from '../helpers/driad-process.ts'
import { madeShapes } from '../helpers/gguf-architectures.ts'
import { makeGguf } from '../helpers/make-gguf.ts'
import { demoModelPath } from '../helpers/models.ts'

const card = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
/** Loads and measurements take seconds, and the computer may be busy. */
const patient = { timeout: 60_000 }

async function setBudget(page: Page, gigabytes: string | undefined): Promise<void> {
  await page.getByRole('button', { name: /^Budget/ }).click()
  await page.getByRole('radio', { name: gigabytes === undefined ? 'What is free' : 'At most' }).check()
  if (gigabytes !== undefined) await page.getByLabel('All models together').fill(gigabytes)
  await page.getByRole('button', { name: 'Set budget' }).click()
  await page.getByRole('button', { name: 'Set budget' }).waitFor({ state: 'hidden' })
}

describe('served models, with a real node', () => {
  it('are measured, tuned, loaded with less for want of memory, and given another file', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('app')
    const large = join(folder.path, 'large.gguf')
    const moving = join(folder.path, 'moving.gguf')
    await makeGguf(large, { shape: madeShapes['30m'], type: 'f16' })
    copyFileSync(demoModelPath, moving)
    for (const path of [large, moving]) {
      expect(await driad(['models', 'add', path, '--data-dir', dataDir])).toMatchObject({ code: 0 })
    }
    renameSync(moving, `${moving}.away`)
    await using app = await launchApp({ dataDir, network: `served-${process.pid}` })
    const { page } = app
    page.setDefaultTimeout(patient.timeout)
    await page.getByRole('link', { name: 'Models' }).first().click()

    const demo = card(page, 'demo')
    await demo.getByText('Ready').waitFor()
    await page.getByRole('button', { name: 'Details of demo' }).click()
    await demo.getByText(/% of the speed of/).waitFor()
    const slots = demo.getByRole('slider', { name: /^Slots/ })
    await slots.focus()
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    await demo.getByText(/less than now/).waitFor()
    await demo.getByRole('button', { name: 'Apply' }).click()
    await demo.getByText('0 of 2').waitFor()
    await demo.getByRole('button', { name: 'Measure again' }).click()
    await page.getByText('demo was measured').waitFor()
    await app.screenshot('served-app')
    await demo.getByRole('button', { name: 'Reset to automatic' }).click()
    await demo.getByText('0 of 4').waitFor()

    const big = card(page, 'large')
    await big.getByText('Ready').waitFor()
    await setBudget(page, '0.15')
    await big.getByText('On demand').waitFor()
    await big.getByRole('button', { name: 'Load large' }).click()
    await big.getByText(/^Loaded with [\d,]+ instead of/).waitFor()
    expect(await barriers(page)).toEqual([])
    await app.screenshot('served-app-less')
    await setBudget(page, undefined)
    await big.getByRole('button', { name: /^Try the larger one again/ }).click()
    await big.getByText(/^Loaded with/).waitFor({ state: 'hidden' })

    await app.electron.evaluate(({ dialog }, path) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] })
    }, `${moving}.away`)
    const moved = card(page, 'moving')
    await moved.getByText('The model file is gone').waitFor()
    await moved.getByRole('button', { name: /^Choose the file again/ }).click()
    await moved.getByText('Ready').waitFor()
  })

  it('show how fast they write while they do', async () => {
    using folder = makeTestFolder()
    await using app = await launchApp({ dataDir: folder.dataDir('app'), network: `speeds-${process.pid}` })
    const { page } = app
    page.setDefaultTimeout(patient.timeout)
    await page.getByRole('link', { name: 'Models' }).first().click()
    await card(page, 'demo').getByText('Ready').waitFor()
    await page.getByRole('link', { name: 'Test' }).first().click()
    await page.getByRole('textbox', { name: 'Prompt' }).fill('Tell me everything that you know.')
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    // The run goes on while another view is looked at.
    await page.getByRole('link', { name: 'Models' }).first().click()
    await card(page, 'demo').getByText(/^now/).waitFor()
    await card(page, 'demo').getByText('measured, one task').waitFor()
  })
})
