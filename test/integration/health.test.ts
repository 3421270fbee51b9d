import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ApiContext } from '../../src/api/context.ts'
import { apiRouter } from '../../src/api/router.ts'
import { createComputeNode } from '../../src/node/compute-node/create-compute-node.ts'
import { openDataFolder } from '../../src/node/data-folder.ts'
import { checkDatabase } from '../../src/node/health/database-check.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import type { HealthView } from '../../src/protocol/health-views.ts'
import { catalogueText } from '../helpers/catalogue.ts'
import { driad, until } from '../helpers/driad-process.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { startModelServer } from '../helpers/model-server.ts'
import { demoModelPath } from '../helpers/models.ts'
import { aNetworkName, startHost } from '../helpers/network-hosts.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const NAME = 'tiny:q8_0'

const checkOf = ({ checks }: HealthView, id: string) => {
  const check = checks.find((each) => each.id === id)
  return [check?.state, check?.code, check?.mends.map(({ act }) => act)]
}

describe('the health of a real node', () => {
  it('is seen, mended by what it offers, and told to commands', { timeout: 600_000 }, async () => {
    using folder = tempFolder()
    await using server = await startModelServer()
    server.add('some/repository', { 'tiny.gguf': readFileSync(demoModelPath) })
    // A catalogue of its own, beside the model that comes with the program.
    const builtInModelPath = folder.file('demo-1m.gguf')
    copyFileSync(demoModelPath, builtInModelPath)
    writeFileSync(folder.file('catalogue.json'), catalogueText([{ id: 'tiny' }]))
    const data = openDataFolder(folder.file('data'))
    const network = aNetworkName()
    const logs = createLogger()
    const node = await createComputeNode(
      {
        folder: data,
        builtInModelPath,
        overrides: { network, listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false },
      },
      { logger: logs.logger, history: logs.history, launchInference: launchInferenceChild(logs.logger) },
    )
    const api = apiRouter.createCaller({ node, logger: logs.logger } as unknown as ApiContext).health
    const seen = (id: string, code: string) =>
      until(async () => checkOf(await api.view(), id)[1] === code, `${id} to be ${code}`, 90_000)
    let stopped = false
    try {
      await node.settings.set({ modelEndpoint: server.url })
      await node.start()
      expect(checkOf(await api.view(), 'network')).toEqual(['unknown', 'off_network', ['join']])
      await api.mend({ act: 'join' })
      await seen('network', 'reach_nobody')
      await using peer = await startHost(network, { bootstrap: [node.addresses()[0] ?? ''] })
      await seen('peers', 'peers_some')
      await seen('network', 'reach_this_computer')
      expect(checkOf(await api.view(), 'ports')).toEqual(['good', 'ports_this_computer', []])

      const { addresses, onlineSinceMs } = node.status()
      await api.mend({ act: 'rejoin' })
      expect(node.status().phase).toBe('online')
      expect(node.status().onlineSinceMs).toBeGreaterThan(onlineSinceMs ?? Number.POSITIVE_INFINITY)
      expect(node.status().addresses).toEqual(addresses)
      await until(() => peer.host.peers().length > 0, 'the peer to be connected again')

      // A crash is counted until somebody restarts by hand, which is none.
      const { pid } = node.status().inference
      process.kill(pid ?? 0, 'SIGKILL')
      await seen('crashes', 'crashes_some')
      await seen('inference', 'inference_ready')
      expect((await api.view()).checks.find(({ id }) => id === 'crashes')?.facts).toMatchObject({
        count: 1,
        cause: 'SIGKILL',
      })
      const after = node.status().inference.pid
      expect(after).not.toBe(pid)
      const restarted = await api.mend({ act: 'restart_inference' })
      expect(checkOf(restarted, 'crashes')).toEqual(['good', 'crashes_none', []])
      await until(
        () => ![undefined, pid, after].includes(node.status().inference.pid),
        'another inference process',
      )

      const { probedAtMs = 0 } = node.devices.view()
      await api.mend({ act: 'probe_devices' })
      expect(node.devices.view().probedAtMs).toBeGreaterThan(probedAtMs)

      await api.mend({ act: 'check_database' })
      expect(checkOf(await api.view(), 'database')).toEqual(['good', 'database_sound', []])

      // What downloads left goes; whatever else is in the folder stays.
      mkdirSync(data.modelsFolder, { recursive: true })
      const [partial, other] = ['old.gguf.part', 'own.gguf'].map((name) => join(data.modelsFolder, name))
      writeFileSync(partial ?? '', 'half a model')
      writeFileSync(other ?? '', 'not a model')
      const facts = async () => (await api.refresh()).checks.find(({ id }) => id === 'disk')?.facts
      expect((await facts())?.['partialBytes']).toBeGreaterThan(0)
      await api.mend({ act: 'clean_partials' })
      expect((await facts())?.['partialBytes']).toBe(0)
      expect([partial, other].map((path) => existsSync(path ?? ''))).toEqual([false, true])

      await node.pulls.add(NAME)
      await seen(`models:${NAME}`, 'model_ready')
      const path = node.models.list().find(({ name }) => name === NAME)?.path ?? ''
      const price = { promptMicroPer1k: 7_000n, completionMicroPer1k: 9_000n }
      await node.models.setPrice(NAME, price)
      await node.models.setWish(NAME, { slots: 2 })
      await node.models.unload(NAME)
      rmSync(path)
      await expect(node.models.load(NAME)).rejects.toMatchObject({ code: 'model_not_found' })
      expect(checkOf(await api.view(), `models:${NAME}`)).toEqual([
        'bad',
        'model_missing',
        ['pull_model', 'open'],
      ])
      expect((await api.view()).state).toBe('bad')

      // Commands of other processes are told the same, and leave with 1 where something is bad.
      const told = async () => {
        const { code, stdout } = await driad(['health', '--data-dir', data.path, '--json'])
        return { code, view: JSON.parse(stdout) as HealthView & { running: boolean } }
      }
      await until(async () => (await told()).view.state === 'bad', 'the command to be told')
      const during = await told()
      expect([during.code, during.view.running]).toEqual([1, true])
      expect(checkOf(during.view, `models:${NAME}`)[1]).toBe('model_missing')
      const text = await driad(['health', '--data-dir', data.path])
      expect(text.stdout).toMatch(/^Needs you\n {2}!! {2}The file of tiny:q8_0 is gone\n/)

      await api.mend({ act: 'pull_model', name: NAME })
      await seen(`models:${NAME}`, 'model_ready')
      await until(async () => (await told()).code === 0, 'the command to be told of the mend')
      // What its operator set for it is still so.
      const served = () => node.models.list().find(({ name }) => name === NAME)
      expect(served()).toMatchObject({ path, slots: 2, ownPrice: true })

      // A damaged file of another program stays, and is replaced all the same.
      const foreign = folder.file('foreign.gguf')
      copyFileSync(path, foreign)
      await node.models.moveTo(NAME, foreign)
      await seen(`models:${NAME}`, 'model_ready')
      await node.models.unload(NAME)
      truncateSync(foreign, 1_000)
      await expect(node.models.load(NAME)).rejects.toMatchObject({ code: 'model_invalid' })
      await api.mend({ act: 'pull_model', name: NAME })
      await seen(`models:${NAME}`, 'model_ready')
      expect(statSync(foreign).size).toBe(1_000)
      expect(served()).toMatchObject({ path, slots: 2, ownPrice: true })
      await expect(api.mend({ act: 'pull_model', name: 'demo' })).rejects.toMatchObject({
        cause: { code: 'model_not_found' },
      })
      await expect(api.mend({ act: 'load_model', name: 'nobody' })).rejects.toMatchObject({
        cause: { code: 'model_unavailable' },
      })

      await node.stop({ drainMs: 0 })
      stopped = true
      const still = await told()
      expect([still.code, still.view.running]).toEqual([0, false])
      expect(checkOf(still.view, `models:${NAME}`)).toEqual(['good', 'model_on_disk', []])
      rmSync(path)
      const gone = await told()
      expect([gone.code, checkOf(gone.view, `models:${NAME}`)[1]]).toEqual([1, 'model_missing'])
    } finally {
      if (!stopped) await node.stop({ drainMs: 0 })
      await logs.close()
    }
  })

  it('sees a database that is damaged, and one of a newer version', async () => {
    using folder = tempFolder()
    const path = folder.file('driad.sqlite')
    const store = openStore({ path })
    await store.write((tx) => {
      for (let number = 0; number < 2_000; number++) {
        tx.run(
          'INSERT INTO settings (key, value_json, updated_at_ms) VALUES (?, ?, 1)',
          `k${number}`,
          '"some text"',
        )
      }
    })
    await store.close()
    expect(await checkDatabase(path, 7)).toMatchObject({ state: 'sound', checkedAtMs: 7 })

    const bytes = readFileSync(path)
    const damaged = Buffer.from(bytes)
    // Behind the first page, so that it opens.
    damaged.fill(0x5a, Math.floor(bytes.length * 0.4), Math.floor(bytes.length * 0.9))
    writeFileSync(folder.file('damaged.sqlite'), damaged)
    expect(await checkDatabase(folder.file('damaged.sqlite'), 7)).toMatchObject({ state: 'damaged' })
    writeFileSync(folder.file('no.sqlite'), 'no database at all, but long enough to be looked at'.repeat(100))
    expect(await checkDatabase(folder.file('no.sqlite'), 7)).toMatchObject({ state: 'damaged' })

    const newer = Buffer.from(bytes)
    newer.writeUInt32BE(9_999, 60) // user_version, by SQLite's file format
    writeFileSync(folder.file('newer.sqlite'), newer)
    expect(await checkDatabase(folder.file('newer.sqlite'), 7)).toMatchObject({
      state: 'newer',
      version: 9_999,
    })
  })
})
