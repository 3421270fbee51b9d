import { describe, expect, it } from 'vitest'
import type { DevicesView } from '../../src/protocol/device-views.ts'
import { launchApp } from '../helpers/app.ts'
import { barriers } from '../helpers/barriers.ts'
import { driad, makeTestFolder, until } from '../helpers/driad-process.ts'
import { findSoftwareGpu, softwareGpuIn } from '../helpers/software-gpu.ts'

const description = findSoftwareGpu()

describe.skipIf(description === undefined)('the app and its GPU', () => {
  it('probes in utility processes, at start, when asked and after a sleep', async () => {
    using folder = makeTestFolder()
    const gpu = softwareGpuIn(folder.path, description ?? '')
    const dataDir = folder.dataDir('app')
    await using app = await launchApp({ dataDir, network: `devices-${process.pid}`, env: gpu.env })
    const view = async (...args: string[]): Promise<DevicesView> => {
      const listed = await driad(['devices', '--data-dir', dataDir, '--json', ...args])
      const [found] = listed.json<DevicesView>()
      if (found === undefined) throw new Error(listed.stderr)
      return found
    }
    expect(await view()).toMatchObject({ use: { state: 'active', devices: ['vulkan:0'] } })
    await app.page.getByRole('link', { name: 'Models' }).first().click()
    await app.page.getByText('llvmpipe', { exact: false }).first().waitFor()
    await app.page.getByRole('tab', { name: 'Devices' }).click()
    await app.page.getByRole('switch', { name: /^Use llvmpipe/ }).waitFor()
    await app.page.getByText('In use').waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await app.page.emulateMedia({ colorScheme })
      await app.page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor()
      await app.screenshot(`devices-app-${colorScheme}`)
      expect(await barriers(app.page)).toEqual([])
    }
    await app.page.getByRole('tab', { name: 'Served' }).click()

    gpu.remove()
    await app.electron.evaluate(({ powerMonitor }) => void powerMonitor.emit('resume'))
    // By itself it looks again only once something is missing.
    await until(async () => (await view()).use.state === 'suspended', 'the models are suspended')
    await app.page.getByText('Suspended', { exact: true }).first().waitFor()
    await app.page.getByText('is not there', { exact: false }).first().waitFor()

    await app.screenshot('served-app-suspended-dark')
    await app.page.getByRole('button', { name: 'Use the processor meanwhile' }).click()
    await app.page.getByText('The processor stands in for the GPU').waitFor()
    await app.page.getByRole('button', { name: 'Suspend models instead' }).click()
    await app.page.getByText('The GPU is missing', { exact: true }).waitFor()

    gpu.putBack()
    await app.page.getByRole('tab', { name: 'Devices' }).click()
    await app.page.getByRole('button', { name: 'Look again' }).click()
    await app.page.getByText('because you asked').waitFor()
    expect(await view()).toMatchObject({ use: { state: 'active' }, probedBecause: 'asked' })
    await app.page.getByText('The GPU is missing', { exact: true }).waitFor({ state: 'hidden' })
    await app.page.getByRole('tab', { name: 'Served' }).click()
    await app.page.getByText('Ready', { exact: true }).first().waitFor()
  })
})
