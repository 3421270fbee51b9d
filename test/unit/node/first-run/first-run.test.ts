import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDataFolder } from '../../../../src/node/data-folder.ts'
import { FirstRun, type FirstRunComponents } from '../../../../src/node/first-run/first-run.ts'
import type { SelfTest } from '../../../../src/node/first-run/self-test.ts'
import { suitableModel } from '../../../../src/node/first-run/suitable-model.ts'
import { writeBackup } from '../../../../src/node/identity/backup-file.ts'
import { createEphemeralIdentity } from '../../../../src/node/identity/identity.ts'
import { loadIdentity } from '../../../../src/node/identity/load-identity.ts'
import { openSettings } from '../../../../src/node/settings/settings.ts'
import type { Store } from '../../../../src/node/store/contract.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import { DriadError } from '../../../../src/protocol/errors.ts'
import { firstRunSteps } from '../../../../src/protocol/first-run-views.ts'
import type { RecommendationView, RecommendedModelView } from '../../../../src/protocol/fit-views.ts'
import type { PullView } from '../../../../src/protocol/pull-views.ts'
import type { NodePhase } from '../../../../src/protocol/views.ts'
import { recordingLogger } from '../../../helpers/recording-logger.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const identity = await createEphemeralIdentity()

/** A model of the catalogue, as far as it is looked at here. */
function model(name: string, tokensPerSecond?: number, verdict = 'fits'): RecommendedModelView {
  const speed = tokensPerSecond === undefined ? {} : { speed: { tokensPerSecond } }
  return { name, fit: { verdict, ...speed } } as RecommendedModelView
}

/** What is around the set-up: it survives restarts, and fails as the test says. */
class World {
  pulls: PullView[] = []
  readonly asked: string[] = []
  readonly resumed: string[] = []
  models: string[] = ['demo']
  phase: NodePhase = 'offline'
  joins = 0
  best: RecommendedModelView | undefined = model('best', 20)
  refuse: DriadError | undefined
  readonly joinFails: { error?: DriadError } = {}
  readonly #folder: string
  readonly #store: Store
  readonly #pullListeners = new Set<() => void>()

  constructor(folder: string, store: Store) {
    this.#folder = folder
    this.#store = store
  }

  get settings() {
    return openSettings({ store: this.#store })
  }

  arrive(name: string): void {
    this.models.push(name)
    this.tell()
  }

  tell(): void {
    for (const listener of this.#pullListeners) listener()
  }

  /** The set-up as one process has it. */
  open(): FirstRun {
    const { logger } = recordingLogger()
    const settings = this.settings
    const components = {
      folder: openDataFolder(this.#folder),
      store: this.#store,
      settings,
      identity,
      ledger: { lastSeq: () => 0 },
      pulls: {
        list: () => this.pulls,
        add: async (name: string) => {
          if (this.refuse !== undefined) throw this.refuse
          this.asked.push(name)
          const pull = { id: `pull-${name}`, name, state: 'downloading' } as PullView
          this.pulls = [...this.pulls.filter((one) => one.name !== name), pull]
          return pull
        },
        resume: async (id: string) => void this.resumed.push(id),
        onChange: (listener: () => void) => {
          this.#pullListeners.add(listener)
          return () => this.#pullListeners.delete(listener)
        },
      },
      models: { list: () => this.models.map((name) => ({ name })), onChange: () => () => undefined },
      fit: {
        recommend: async () => ({ best: this.best, alternatives: [] }) as unknown as RecommendationView,
        candidate: (name: string) => (name === 'unknown' ? undefined : { name, gated: name === 'gated' }),
      },
      phase: () => this.phase,
      join: async () => {
        this.joins += 1
        if (this.joinFails.error !== undefined) throw this.joinFails.error
        this.phase = 'online'
      },
      openSelfTest: () =>
        ({
          view: () => ({ state: 'open', checks: [] }),
          run: async () => ({ state: 'passed', checks: [] }),
          stop: async () => undefined,
        }) as unknown as SelfTest,
      logger,
    } as unknown as FirstRunComponents
    return new FirstRun(components, { retryMs: [5] })
  }
}

describe('the set-up of a node', () => {
  let folder: ReturnType<typeof tempFolder>
  let store: Store
  let world: World
  let firstRun: FirstRun

  beforeEach(() => {
    folder = tempFolder()
    store = openStore({ path: folder.file('driad.sqlite') })
    world = new World(folder.path, store)
    firstRun = world.open()
  })
  afterEach(async () => {
    await firstRun.stop()
    await store.close()
    folder[Symbol.dispose]()
  })

  /** As if the process had ended, and another began. */
  const restart = async () => {
    await firstRun.stop()
    firstRun = world.open()
    firstRun.start()
  }
  const taskState = (id: string) => firstRun.view().tasks.find((task) => task.id === id)?.state
  const settled = (state: string) => expect.poll(() => firstRun.view().model.state).toBe(state)

  it('is new, and asks for nothing by itself', async () => {
    firstRun.start()
    expect(firstRun.view()).toMatchObject({ stage: 'new', step: 'welcome', model: { state: 'open' } })
    expect(world.asked).toEqual([])
    expect(world.joins).toBe(0)
  })

  it('joins by one click, and has the best model come', async () => {
    firstRun.start()
    await firstRun.startEarning()
    firstRun.joined()
    await settled('coming')
    expect(world.asked).toEqual(['best'])
    expect(world.settings.get().joinOnStart).toBe(true)
    expect(firstRun.view()).toMatchObject({ stage: 'done', backup: { state: 'none' } })
    expect(firstRun.view().tasks.map(({ state }) => state)).toEqual(['running', 'open', 'open', 'done'])
    world.arrive('best')
    await settled('here')
    expect(taskState('model')).toBe('done')
  })

  it('has written down what was clicked before it joins, so that the next start does it', async () => {
    world.joinFails.error = new DriadError('port_in_use', 'The port is taken')
    await expect(firstRun.startEarning()).rejects.toMatchObject({ code: 'port_in_use' })
    expect(world.settings.get()).toMatchObject({
      joinOnStart: true,
      firstRun: { model: { state: 'wanted' } },
    })
    await restart()
    await settled('coming')
    expect(world.asked).toEqual(['best'])
  })

  it('asks again until it works where there is no connection, and says why it waits', async () => {
    world.refuse = new DriadError('download_failed', 'The server cannot be reached')
    firstRun.start()
    await firstRun.startEarning()
    await settled('waiting')
    expect(firstRun.view().model).toMatchObject({
      name: 'best',
      problem: { code: 'download_failed', message: 'The server cannot be reached' },
    })
    expect(taskState('model')).toBe('waiting')
    // After a restart it is the same one that is asked for, whatever is the best by then.
    world.best = model('better', 30)
    await restart()
    world.refuse = undefined
    await settled('coming')
    expect(world.asked).toEqual(['best'])
    expect(firstRun.view().model.problem).toBeUndefined()
  })

  it('asks for nothing where no model does well enough, and for none that is there', async () => {
    world.best = undefined
    firstRun.start()
    await firstRun.startEarning()
    await settled('unsuitable')
    expect(taskState('model')).toBe('left')
    world.models.push('mine')
    await firstRun.choose('mine')
    await settled('here')
    expect(world.asked).toEqual([])
    await expect(firstRun.choose('unknown')).rejects.toMatchObject({ code: 'model_not_found' })
  })

  it('takes another one where somebody chooses again, and none where the download is cancelled', async () => {
    firstRun.start()
    await firstRun.choose('first')
    await settled('coming')
    await firstRun.choose('second')
    await expect.poll(() => world.asked).toEqual(['first', 'second'])
    await expect.poll(() => firstRun.view().model.pullId).toBe('pull-second')
    await expect.poll(() => world.settings.get().firstRun.model.state).toBe('asked')
    world.pulls = []
    expect(firstRun.view().model.state).toBe('left')
    await firstRun.startEarning()
    expect(world.asked).toEqual(['first', 'second'])
  })

  it('does without a model or the self-test where asked to, never without the backup', async () => {
    await firstRun.leave('model')
    await firstRun.leave('test')
    expect(firstRun.view().tasks.map(({ state }) => state)).toEqual(['left', 'open', 'left', 'open'])
    firstRun.start()
    await firstRun.startEarning()
    expect(firstRun.view().model.state).toBe('left')
    expect(world.asked).toEqual([])
  })

  it('tries a download again at the next start that has given up on its server', async () => {
    firstRun.start()
    await firstRun.choose('first')
    await settled('coming')
    const failed = (code: string) =>
      ({ id: 'pull-first', name: 'first', state: 'failed', error: { code, message: '' } }) as PullView
    world.pulls = [failed('download_corrupt')]
    await restart()
    expect(world.resumed).toEqual([])
    world.pulls = [failed('download_failed')]
    await restart()
    expect(world.resumed).toEqual(['pull-first'])
  })

  it('counts a backup once it was opened, and only for this key', async () => {
    const path = folder.file('key.json')
    const passphrase = 'larch beech rowan'
    await expect(firstRun.checkBackup(passphrase)).rejects.toMatchObject({ code: 'bad_usage' })
    await firstRun.backUp(path, passphrase)
    expect(firstRun.view().backup).toMatchObject({ state: 'unverified', path })
    expect(taskState('key')).toBe('open')
    await expect(firstRun.checkBackup('another one')).rejects.toMatchObject({ code: 'wrong_passphrase' })
    await firstRun.checkBackup(passphrase)
    await restart()
    expect(firstRun.view().backup.state).toBe('done')
    expect(taskState('key')).toBe('done')
    const other = { peerId: 'somebody else', path, atMs: 1, verified: true }
    await world.settings.set({ identityBackup: other })
    await restart()
    expect(firstRun.view().backup).toEqual({ state: 'none' })
  })

  it('takes the key of a backup only where nothing is owed to its own', async () => {
    const path = folder.file('other.json')
    const passphrase = 'larch beech rowan'
    const other = await createEphemeralIdentity()
    await writeBackup(other, { path, passphrase, overwrite: false })
    await expect(firstRun.prepareRestore(path, 'another one')).rejects.toMatchObject({
      code: 'wrong_passphrase',
    })
    const restore = await firstRun.prepareRestore(path, passphrase)
    await restore?.()
    expect((await loadIdentity({ dir: folder.path }))?.peerId).toBe(other.peerId)

    const own = folder.file('own.json')
    await firstRun.backUp(own, passphrase)
    expect(await firstRun.prepareRestore(own, passphrase)).toBeUndefined()
    await store.write((tx) =>
      tx.run(`INSERT INTO node_tasks (task_id, requester, contact, contact_addresses, assignment_payload, assignment_signature,
         title, model, deadline_ms, created_at_ms, state)
       VALUES ('1', 'r', 'c', '[]', x'00', x'00', 'a task', 'demo', 1, 1, 'accepted')`),
    )
    await expect(firstRun.prepareRestore(path, passphrase)).rejects.toMatchObject({ code: 'identity_in_use' })
  })

  it('remembers that the self-test passed', async () => {
    await firstRun.test()
    await restart()
    expect(taskState('test')).toBe('done')
    expect(firstRun.view().test.passedAtMs).toBeGreaterThan(0)
  })

  it('counts whoever was on the network before as set up, and still reminds of the backup', async () => {
    firstRun.joined()
    await expect.poll(() => firstRun.view().stage).toBe('done')
    expect(taskState('key')).toBe('open')
  })

  it('is after any restart where it was, and asks for no model twice', async () => {
    const step = fc.constantFrom(...firstRunSteps)
    const name = fc.constantFrom('first', 'second', undefined)
    const act = fc.oneof(
      step.map((to) => () => firstRun.goTo(to)),
      name.map((chosen) => () => firstRun.choose(chosen)),
      fc.constantFrom(
        () => firstRun.startEarning(),
        () => firstRun.finish(),
        () => firstRun.leave('model'),
        () => firstRun.dismiss(true),
        restart,
      ),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 8 }), async (acts) => {
        await restart()
        for (const one of acts) await one()
        await expect.poll(() => world.settings.get().firstRun.model.state).not.toBe('wanted')
        const before = firstRun.view()
        const asked = world.asked.length
        await restart()
        await firstRun.stop()
        expect(firstRun.view()).toEqual(before)
        expect(world.asked).toHaveLength(asked)
      }),
      { numRuns: 25 },
    )
  })
})

describe('the model that may be downloaded unasked', () => {
  const open = { isGated: (name: string) => name === 'gated' }

  it('is the best that fits, is fast enough and is given to everybody', () => {
    const choose = (best: RecommendedModelView | undefined, ...alternatives: RecommendedModelView[]) =>
      suitableModel({ ...(best !== undefined && { best }), alternatives }, open)?.name
    expect(choose(model('a', 20), model('b', 30))).toBe('a')
    expect(choose(model('gated', 20), model('b', 30))).toBe('b')
    expect(choose(model('a', 3), model('b', 5))).toBe('b')
    expect(choose(model('a', 20, 'tooLarge'), model('b', 5, 'partly'))).toBe('b')
    // Nothing is known of the speed of a computer that never loaded a model.
    expect(choose(model('a'))).toBe('a')
    expect(choose(model('a', 1))).toBeUndefined()
    expect(choose(undefined)).toBeUndefined()
  })
})
