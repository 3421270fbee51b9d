import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../../../src/node/logs/create-logger.ts'
import { followSettings } from '../../../../src/node/settings/follow-settings.ts'
import { settingDefinitions, settingKeys } from '../../../../src/node/settings/schema.ts'
import { openSettings } from '../../../../src/node/settings/settings.ts'
import type { Store } from '../../../../src/node/store/contract.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const peer = '/ip4/192.0.2.7/tcp/4001/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'

describe('settings', () => {
  let folder: ReturnType<typeof tempFolder>
  let store: Store
  beforeEach(() => {
    folder = tempFolder()
    store = openStore({ path: folder.file('driad.sqlite') })
  })
  afterEach(async () => {
    await store.close()
    folder[Symbol.dispose]()
  })

  const storeRaw = (key: string, json: string) =>
    store.write((tx) => tx.run('INSERT OR REPLACE INTO settings VALUES (?, ?, 1)', key, json))

  it('takes over of chosen settings what another process wrote, and tells of it once', async () => {
    const settings = openSettings({ store })
    const other = openSettings({ store })
    const heard: (readonly string[])[] = []
    settings.onChange((values) => heard.push(values.deniedPeers))
    settings.refresh(['deniedPeers'])
    await other.set({ deniedPeers: ['192.0.2.0/24'], slots: 9 })
    settings.refresh(['deniedPeers'])
    settings.refresh(['deniedPeers'])
    expect(heard).toEqual([['192.0.2.0/24']])
    expect(settings.get().slots).toBe(4)
    await other.set({ deniedPeers: [] })
    settings.refresh(['deniedPeers'])
    expect(settings.get().deniedPeers).toEqual([])
  })

  it('does not take what is only written otherwise for a change', async () => {
    const settings = openSettings({ store })
    let heard = 0
    settings.onChange(() => heard++)
    await storeRaw('slots', ' 4')
    settings.refresh(['slots'])
    expect(heard).toBe(0)
    expect(settings.get().slots).toBe(4)
  })

  it('follows settings that hold at once, and leaves others to the next time that the node joins', async () => {
    const settings = openSettings({ store })
    const other = openSettings({ store })
    const stop = followSettings(store, settings)
    try {
      await other.set({ unpaidStartMicro: 7n, network: 'elsewhere' })
      await vi.waitFor(() => expect(settings.get().unpaidStartMicro).toBe(7n), { timeout: 10_000 })
      expect(settings.get().network).toBe('main')
    } finally {
      stop()
    }
  })

  it('has a valid default and a description for every key', () => {
    for (const key of settingKeys) {
      const { schema, fallback, description } = settingDefinitions[key]
      expect(schema.parse(fallback)).toEqual(fallback)
      expect(description).toMatch(/^[A-Z].*\.$/)
    }
    expect(openSettings({ store }).get()).toMatchObject({
      network: 'main',
      slots: 4,
      joinOnStart: false,
      promptMicroPer1k: 10_000n,
      completionMicroPer1k: 40_000n,
    })
  })

  it('keeps what was set, for the next start', async () => {
    const settings = openSettings({ store })
    const heard: unknown[] = []
    const stop = settings.onChange((values) => heard.push(values.slots))
    await settings.set({ slots: 8, promptMicroPer1k: 5n, bootstrap: [peer] })
    await settings.set({ slots: 8 }) // nothing new, nobody told
    await settings.set({})
    stop()
    await settings.set({ slots: 2, completionMicroPer1k: '123' })
    expect(heard).toEqual([8])
    expect(openSettings({ store }).get()).toEqual(settings.get())
    expect(settings.get()).toMatchObject({
      slots: 2,
      promptMicroPer1k: 5n,
      completionMicroPer1k: 123n,
      bootstrap: [peer],
    })
    expect(settings.view()).toMatchObject({ slots: 2, promptMicroPer1k: '5', completionMicroPer1k: '123' })
    expect(JSON.parse(JSON.stringify(settings.view()))).toEqual(settings.view())
  })

  it('names everything that is wrong at once, and changes nothing', async () => {
    const settings = openSettings({ store })
    const before = settings.get()
    const failure = settings.set({
      slots: 0,
      network: 'Two Words',
      listen: ['/ip4/127.0.0.1/tcp/1', 'http://x'],
      bootstrap: ['/ip4/1.2.3.4/tcp/1'],
      promptMicroPer1k: -1n,
      colour: 'green',
      theme: 'dark',
    })
    await expect(failure).rejects.toMatchObject({
      code: 'bad_setting',
      issues: [
        { path: 'slots', found: '0' },
        { path: 'network', found: '"Two Words"' },
        { path: 'listen[1]', found: '"http://x"' },
        { path: 'bootstrap[0]', expected: expect.stringContaining('/p2p/') },
        { path: 'promptMicroPer1k', found: '"-1"' },
        { path: 'colour' },
      ],
    })
    expect(settings.get()).toBe(before)
    expect(store.all('SELECT key FROM settings')).toEqual([])
  })

  it.each([
    ['idleMs', '5m', 'idleMs', '0, or a whole number from 60000 (a minute) to 86400000 (a day)'],
    ['idleMs', -5, 'idleMs', '0, or a whole number from 60000 (a minute) to 86400000 (a day)'],
    ['idleMs', 1e9, 'idleMs', '0, or a whole number from 60000 (a minute) to 86400000 (a day)'],
    ['batteryLeastPercent', '50%', 'batteryLeastPercent', 'a whole number from 0 to 95'],
    ['pausePrograms', 'blender', 'pausePrograms', 'a list such as ["blender"]'],
    ['theme', 'purple', 'theme', 'one of system, light, dark'],
    ['relay', 'yes', 'relay', 'true or false'],
    ['allowedPeers', ['x'.repeat(200)], 'allowedPeers[0]', '128 characters at most'],
  ])('says of %s %j once, and in words, what is valid', async (key, value, path, expected) => {
    await expect(openSettings({ store }).set({ [key]: value })).rejects.toMatchObject({
      message: `Some settings are not valid. ${path}: expected ${expected}`,
      issues: [{ path, expected }],
    })
  })

  it('has words of its own for whatever a setting refuses', () => {
    const wrong = [
      undefined,
      true,
      'two words',
      '',
      -1,
      0.5,
      1e300,
      '9'.repeat(10_000),
      {},
      { act: 'x' },
      { x: 'y' },
    ]
    for (const key of settingKeys) {
      for (const value of [...wrong, wrong, Array(2_000).fill('a')]) {
        const { error } = settingDefinitions[key].schema.safeParse(value)
        for (const { message } of error?.issues ?? []) {
          expect(message, `${key} of ${JSON.stringify(value)?.slice(0, 40)}`).not.toMatch(
            /^Invalid|^Too |>=|<=|^Unrec/,
          )
        }
      }
    }
  })

  it('uses the default for a stored value that is not valid any more, and says so', async () => {
    await storeRaw('slots', '"many"')
    await storeRaw('network', '{broken')
    await storeRaw('theme', '"dark"')
    const logs = createLogger()
    const settings = openSettings({ store, logger: logs.logger })
    expect(settings.get()).toMatchObject({ slots: 4, network: 'main', theme: 'dark' })
    expect(logs.history.linesAfter(0).map((line) => line.message)).toEqual([
      'The stored setting network is not valid; using its default',
      'The stored setting slots is not valid; using its default',
    ])
  })

  it('keeps keys that it does not know, for the newer version that wrote them', async () => {
    await storeRaw('quietHours', '[22,7]')
    const settings = openSettings({ store })
    await settings.set({ slots: 3 })
    expect(settings.get()).not.toHaveProperty('quietHours')
    expect(store.get("SELECT value_json FROM settings WHERE key = 'quietHours'")).toEqual({
      value_json: '[22,7]',
    })
  })
})
