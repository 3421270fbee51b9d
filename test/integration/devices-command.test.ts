import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { DevicesView } from '../../src/protocol/device-views.ts'
import { driad, makeTestFolder, type NodeEvent, startNode } from '../helpers/driad-process.ts'
import { findSoftwareGpu, softwareGpuIn } from '../helpers/software-gpu.ts'

const description = findSoftwareGpu()

/** Runs `driad devices` and reads what it prints. */
async function devices(
  dataDir: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<DevicesView> {
  const listed = await driad(['devices', '--data-dir', dataDir, '--json', ...args], { env })
  const [view] = listed.json<DevicesView>()
  if (listed.code !== 0 || view === undefined) throw new Error(listed.stdout + listed.stderr)
  return view
}

describe('driad devices', () => {
  it('lists what there is while no node runs, and keeps a choice', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('alone')
    const env = { VK_ICD_FILENAMES: '/nowhere.json', VK_DRIVER_FILES: '/nowhere.json' }
    const view = await devices(dataDir, [], env)
    expect(view).toMatchObject({ choice: 'auto', use: { state: 'active' }, probedBecause: 'asked' })
    expect(view.devices.at(-1)).toMatchObject({ id: 'cpu', kind: 'cpu' })
    expect(view.backends.map(({ backend }) => backend)).toEqual(['cuda', 'metal', 'vulkan', 'cpu'])
    const absent = view.backends.filter(({ available }) => !available)
    expect(absent.every(({ problem, reason }) => problem !== undefined && (reason ?? '').length > 10)).toBe(
      true,
    )
    expect(await devices(dataDir, ['--use', 'cpu', '--cpu-fallback', 'on'], env)).toMatchObject({
      choice: ['cpu'],
      cpuFallback: true,
      use: { state: 'active', devices: ['cpu'] },
    })
    const text = await driad(['devices', '--data-dir', dataDir], { env })
    expect(text.stdout).toMatch(/\* cpu .*\n/)
    expect(text.stdout).toMatch(/metal +not there: /)
    const workflow = fileURLToPath(new URL('../../resources/workflows/ask.json', import.meta.url))
    const missing = await driad(['run', workflow, '--input', 'Hi', '--device', 'vulkan:9', '--json'], { env })
    expect(missing.code).toBe(1)
    expect(missing.json()).toMatchObject([{ error: { code: 'device_unavailable' } }])
    const refused = await driad(['devices', '--data-dir', dataDir, '--use', 'gpu'], { env })
    expect(refused.code).toBe(2)
  })
})

describe.skipIf(description === undefined)('a running node and its GPU', () => {
  it('suspends when the GPU is gone as its process dies, and comes back when asked to look', async () => {
    using folder = makeTestFolder()
    const gpu = softwareGpuIn(folder.path, description ?? '')
    const dataDir = folder.dataDir('node')
    const args = [
      '--data-dir',
      dataDir,
      '--network',
      `devices-${process.pid}`,
      '--listen',
      '/ip4/127.0.0.1/tcp/0',
    ]
    const node = await startNode([...args, '--device', 'vulkan:0'], gpu.env)
    try {
      expect(node.models).toEqual(['demo'])
      const inState = (state: string) => (event: NodeEvent) =>
        event.event === 'devices' && event['state'] === state
      expect(await node.waitFor(inState('active'))).toMatchObject({ devices: ['vulkan:0'] })
      expect(await devices(dataDir, [], {})).toMatchObject({ choice: ['vulkan:0'], use: { state: 'active' } })

      gpu.remove()
      const { pid } = await node.waitFor((event) => event.event === 'inference' && event['state'] === 'ready')
      process.kill(pid as number, 'SIGKILL')
      expect(await node.waitFor(inState('suspended'))).toMatchObject({
        reason: expect.stringContaining('vulkan:0 (llvmpipe'),
      })
      const seen = node.events.length
      gpu.putBack()
      expect(await devices(dataDir, ['--probe'], {})).toMatchObject({
        use: { state: 'active', devices: ['vulkan:0'] },
        probedBecause: 'asked',
      })
      await node.waitFor(
        (event) =>
          node.events.indexOf(event) >= seen && event.event === 'devices' && event['state'] === 'active',
      )
      // Chosen for the running node, and kept for its next start.
      expect(await devices(dataDir, ['--use', 'cpu'], {})).toMatchObject({ use: { devices: ['cpu'] } })
    } finally {
      expect(await node.stop()).toBe(0)
    }
    expect(await devices(dataDir, [], gpu.env)).toMatchObject({ choice: ['cpu'] })
    // Runs beside the node keep to it, too.
    const workflow = fileURLToPath(new URL('../../resources/workflows/ask.json', import.meta.url))
    const run = (...device: string[]) =>
      driad(['run', workflow, '--input', 'Hi', '--data-dir', dataDir, '--log-level', 'info', ...device], {
        env: gpu.env,
      })
    expect((await run()).stderr).toContain('backend=cpu')
    expect((await run('--device', 'vulkan:0')).stderr).toContain('backend=vulkan')
  })
})
