import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../../src/node/logs/create-logger.ts'
import { followLogLevel } from '../../../../src/node/settings/follow-log-level.ts'
import { openSettings } from '../../../../src/node/settings/settings.ts'
import { readSettingsFile, writeSettingsFile } from '../../../../src/node/settings/settings-file.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

function openTestSettings() {
  const folder = tempFolder()
  const store = openStore({ path: folder.file('driad.sqlite') })
  return {
    settings: openSettings({ store }),
    other: openSettings({ store }),
    [Symbol.asyncDispose]: async () => {
      await store.close()
      folder[Symbol.dispose]()
    },
  }
}

describe('a file of settings', () => {
  it('takes what was changed to another data folder, and nothing else', async () => {
    await using here = openTestSettings()
    await using there = openTestSettings()
    await here.settings.set({
      slots: 7,
      unpaidMaxMicro: 123_456_789_012n,
      devices: ['vulkan:0'],
      toolEndpoints: { jina: 'https://reader.example.org/' },
      memoryReserveBytes: 2e9,
      operatorWish: { act: 'pause' },
      trayExplained: true,
    })
    const { patch, unknown } = readSettingsFile(writeSettingsFile(here.settings.get()))
    expect(unknown).toEqual([])
    await there.settings.set(patch)
    expect(there.settings.get()).toEqual({
      ...here.settings.get(),
      operatorWish: { act: 'rules' },
      trayExplained: false,
    })
    expect(Object.keys(patch).sort()).toEqual([
      'devices',
      'memoryReserveBytes',
      'slots',
      'toolEndpoints',
      'unpaidMaxMicro',
    ])
  })

  it('holds no name and no password of an address', async () => {
    await using here = openTestSettings()
    await here.settings.set({
      proxy: 'http://ana:hunter2@proxy.example.org:3128',
      modelMirrors: ['https://token42@models.example.org/x'],
      toolEndpoints: { jina: 'https://u:p4ss@reader.example.org' },
    })
    const text = writeSettingsFile(here.settings.get())
    expect(text).toContain('proxy.example.org:3128')
    for (const secret of ['ana', 'hunter2', 'token42', 'p4ss']) expect(text).not.toContain(secret)
  })

  it('leaves out what this version does not know, and says so', () => {
    const text = JSON.stringify({ driad: 'settings', version: 1, settings: { slots: 2, moonPhase: 'full' } })
    expect(readSettingsFile(text)).toEqual({ patch: { slots: 2 }, unknown: ['moonPhase'] })
  })

  it.each([
    ['no JSON', '{', /no JSON/],
    ['a list', '[]', /no file of settings/],
    ['something else', '{"driad":"workflow","version":1,"settings":{}}', /no file of settings/],
    ['a version to come', '{"driad":"settings","version":2,"settings":{}}', /version 2/],
  ])('refuses %s', (_, text, message) => {
    expect(() => readSettingsFile(text)).toThrow(message)
  })
})

describe('settings', () => {
  it('go back to their defaults, one or all, also for who reads them beside', async () => {
    await using it = openTestSettings()
    await it.settings.set({ slots: 9, theme: 'dark', network: 'lab' })
    it.other.refresh(['slots', 'theme', 'network'])
    expect(it.settings.changed()).toEqual(['network', 'slots', 'theme'])
    const heard: number[] = []
    it.settings.onChange(({ slots }) => heard.push(slots))
    await it.settings.reset(['slots'])
    expect(it.settings.get()).toMatchObject({ slots: 4, theme: 'dark' })
    await it.settings.reset(['slots'])
    expect(heard).toEqual([4])
    it.other.refresh(['slots'])
    expect(it.other.get()).toMatchObject({ slots: 4, theme: 'dark' })
    await it.settings.reset()
    expect(it.settings.changed()).toEqual([])
  })

  it('say what is logged, from when they are changed', async () => {
    await using it = openTestSettings()
    const logs = createLogger({ level: 'info' })
    followLogLevel({ settings: it.settings, logs }, undefined)
    logs.logger.debug('before')
    await it.settings.set({ logLevel: 'debug' })
    logs.logger.debug('after')
    expect(logs.history.linesAfter(0).map(({ message }) => message)).toEqual(['after'])

    const chosen = createLogger({ level: 'error' })
    followLogLevel({ settings: it.settings, logs: chosen }, 'error')
    chosen.logger.info('not wanted')
    expect(chosen.history.linesAfter(0)).toEqual([])
  })
})
