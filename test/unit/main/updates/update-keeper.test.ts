import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { UpdateJournal } from '../../../../src/main/updates/update-journal.ts'
import { type Feed, UpdateKeeper, type UpdateKeeperInit } from '../../../../src/main/updates/update-keeper.ts'
import { createLogger } from '../../../../src/node/logs/create-logger.ts'
import { DriadError } from '../../../../src/protocol/errors.ts'
import type { UpdatePolicy, UpdateStage } from '../../../../src/protocol/update-views.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const folder = tempFolder()
const keepers: UpdateKeeper[] = []
let made = 0
const { logger } = createLogger()

afterEach(async () => {
  for (const keeper of keepers.splice(0)) await keeper.stop()
})

interface Options extends Partial<UpdateKeeperInit> {
  readonly offered?: () => string | undefined
  readonly policy?: UpdatePolicy
}

function open({ offered = () => '2.0.0', policy = 'automatic', ...init }: Options = {}) {
  const steps: string[] = []
  const stages: UpdateStage[] = []
  const listeners = new Set<() => void>()
  const settings = { updatePolicy: policy, updateChannel: 'stable' as const }
  const feed: Feed = {
    check: async () => offered(),
    download: async (onPercent) => {
      onPercent(50)
      steps.push('download')
      return '/package'
    },
  }
  made++
  const journal = new UpdateJournal(join(folder.path, `${made}.json`))
  const keeper = new UpdateKeeper({
    version: '1.0.0',
    unsupported: undefined,
    feed,
    journal,
    logger,
    settings: {
      get: () => settings,
      onChange: (listener) => {
        const tell = () => listener(settings)
        listeners.add(tell)
        return () => listeners.delete(tell)
      },
    },
    prepare: async () => {
      steps.push('try')
      return async () => {
        steps.push('make way')
      }
    },
    drain: async () => {
      steps.push('drain')
      return () => steps.push('go back')
    },
    isInUse: () => false,
    random: () => 0,
    ...init,
  })
  keepers.push(keeper)
  keeper.onChange(() => {
    const { stage } = keeper.view()
    if (stages.at(-1) !== stage) stages.push(stage)
  })
  const set = (change: Partial<typeof settings> | { updatePolicy: UpdatePolicy }) => {
    Object.assign(settings, change)
    for (const tell of listeners) tell()
  }
  return { keeper, journal, steps, stages, set }
}

describe('keeping the app new', () => {
  it('installs by itself: fetched, tried, drained, and only then replaced', async () => {
    const { keeper, steps, stages } = open()
    keeper.start()
    await vi.waitFor(() => expect(steps).toEqual(['download', 'try', 'drain', 'make way']))
    await vi.waitFor(() => expect(keeper.view().stage).toBe('installing'))
    expect(stages).toEqual(['checking', 'downloading', 'testing', 'ready', 'draining', 'installing'])
  })

  it('only tells of it where the operator wants to be asked, and installs when told to', async () => {
    const { keeper, steps } = open({ policy: 'ask' })
    keeper.start()
    await vi.waitFor(() => expect(keeper.view()).toMatchObject({ stage: 'available', version: '2.0.0' }))
    expect(steps).toEqual([])
    await keeper.install()
    expect(steps).toEqual(['download', 'try', 'drain', 'make way'])
  })

  it('installs nothing unasked where a password is needed for it', async () => {
    const { keeper, steps } = open({ needsSomebody: true })
    keeper.start()
    await vi.waitFor(() => expect(keeper.view()).toMatchObject({ stage: 'available', version: '2.0.0' }))
    expect(steps).toEqual([])
    await keeper.install()
    expect(steps).toEqual(['download', 'try', 'drain', 'make way'])
  })

  it('looks for nothing where it is off, but by hand', async () => {
    let asked = 0
    const offered = () => {
      asked++
      return undefined
    }
    const { keeper, set } = open({ policy: 'off', offered })
    keeper.start()
    await keeper.check()
    expect(asked).toBe(1)
    expect(keeper.view()).toMatchObject({ stage: 'none', policy: 'off' })
    await expect(keeper.install()).rejects.toThrow('no new version')
    set({ updatePolicy: 'automatic' })
    await vi.waitFor(() => expect(asked).toBeGreaterThan(1))
  })

  it('waits while somebody uses the window, until it is told to go on', async () => {
    const { keeper, steps } = open({ isInUse: () => true })
    keeper.start()
    await vi.waitFor(() => expect(keeper.view().stage).toBe('ready'))
    expect(steps).toEqual(['download', 'try'])
    await keeper.install()
    expect(steps.slice(0, 4)).toEqual(['download', 'try', 'drain', 'make way'])
  })

  it('does not install what is not fit, says so, and never tries it again', async () => {
    const prepare = () => Promise.reject(new DriadError('verification_failed', 'it answers nothing'))
    const { keeper, steps, journal } = open({ prepare })
    await keeper.check()
    await expect(keeper.install()).rejects.toThrow('it answers nothing')
    expect(keeper.view()).toMatchObject({
      stage: 'none',
      refused: { version: '2.0.0', reason: 'it answers nothing', rolledBack: false },
    })
    expect(steps).not.toContain('drain')
    await keeper.check()
    expect(keeper.view()).toMatchObject({ stage: 'none' })
    expect(journal.isRefused('2.0.0')).toBe(true)
    keeper.dismiss()
    expect(keeper.view().refused).toBeUndefined()
    expect(journal.isRefused('2.0.0')).toBe(true)
  })

  it('tries again what failed for another reason, as a full disk', async () => {
    let fails = true
    const prepare = async () => {
      if (fails) throw new DriadError('disk_full', 'The disk is full')
      return async () => undefined
    }
    const { keeper, steps } = open({ prepare })
    await keeper.check()
    await expect(keeper.install()).rejects.toThrow('disk is full')
    expect(keeper.view()).toMatchObject({ stage: 'available', error: { code: 'disk_full' } })
    fails = false
    await keeper.install()
    expect(steps).toContain('drain')
  })

  it('goes back on the network where the installer refuses', async () => {
    const prepare = async () => () => Promise.reject(new DriadError('internal', 'no password'))
    const { keeper, steps } = open({ prepare })
    await keeper.check()
    await expect(keeper.install()).rejects.toThrow('no password')
    expect(steps).toEqual(['download', 'drain', 'go back'])
    expect(keeper.view()).toMatchObject({ stage: 'available', error: { message: 'no password' } })
  })

  it('is quiet while it is offline, and says so only to who asked', async () => {
    const offered = () => {
      throw new DriadError('download_failed', 'the network is gone')
    }
    const { keeper, stages } = open({ offered })
    keeper.start()
    await vi.waitFor(() => expect(stages).toEqual(['checking', 'none']))
    expect(keeper.view().error).toBeUndefined()
    await expect(keeper.check()).rejects.toThrow('the network is gone')
    expect(keeper.view().error).toMatchObject({ code: 'download_failed' })
  })

  it('tells of a wrong signature unasked', async () => {
    const offered = () => {
      throw new DriadError('bad_signature', 'not signed')
    }
    const { keeper } = open({ offered })
    keeper.start()
    await vi.waitFor(() => expect(keeper.view().error).toMatchObject({ code: 'bad_signature' }))
  })

  it('leaves a skipped version alone until it is asked for by hand', async () => {
    let version = '2.0.0'
    const { keeper, set, steps } = open({ policy: 'ask', offered: () => version })
    await keeper.check()
    keeper.skip()
    expect(keeper.view().stage).toBe('none')
    keeper.start()
    set({ updatePolicy: 'automatic' })
    await vi.waitFor(() => expect(keeper.view().checkedAtMs).toBeDefined())
    expect(steps).toEqual([])
    await keeper.check()
    expect(keeper.view()).toMatchObject({ stage: 'available', version: '2.0.0' })
    version = '3.0.0'
    await keeper.check()
    expect(keeper.view()).toMatchObject({ version: '3.0.0' })
  })

  it('refuses everything where somebody else updates the program', async () => {
    const { keeper } = open({ unsupported: 'read_only' })
    keeper.start()
    await expect(keeper.check()).rejects.toThrow('by whoever installed it')
    expect(keeper.view()).toMatchObject({ unsupported: 'read_only', stage: 'none' })
  })
})
