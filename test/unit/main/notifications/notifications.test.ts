import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { languages, speak } from '../../../../src/locales/translate.ts'
import {
  type Happening,
  happeningsBetween,
  type NodeSnapshot,
} from '../../../../src/main/notifications/happenings.ts'
import { notificationText } from '../../../../src/main/notifications/notification-text.ts'
import { Notifier } from '../../../../src/main/notifications/notifier.ts'
import type { NotificationKind } from '../../../../src/protocol/notification-kinds.ts'

const quiet: NodeSnapshot = {
  models: [
    { name: 'demo', state: 'ready' },
    { name: 'llama', state: 'idle' },
    { name: 'old', state: 'failed' },
  ],
  pulls: [{ id: 'p', name: 'qwen', state: 'downloading' }],
  unpaidTasks: 2,
  earnedMicro: 0n,
  day: '2026-11-26',
  dayBefore: { earnedMicro: 0n, tasks: 0 },
}

describe('what has happened', () => {
  it('is nothing where nothing changed, and nothing that was so before', () => {
    expect(happeningsBetween(quiet, quiet)).toEqual([])
    expect(happeningsBetween({ ...quiet, trouble: 'failed' }, { ...quiet, trouble: 'failed' })).toEqual([])
    expect(happeningsBetween(quiet, { ...quiet, pulls: [] })).toEqual([])
  })

  it('is each model that was served and cannot be any more', () => {
    const now = { ...quiet, models: quiet.models.map(({ name }) => ({ name, state: 'failed' as const })) }
    expect(happeningsBetween(quiet, now)).toEqual([
      { kind: 'models', name: 'demo' },
      { kind: 'models', name: 'llama' },
    ])
    // The device that they were on is gone: said once.
    expect(happeningsBetween(quiet, { ...now, trouble: 'device' })).toEqual([
      { kind: 'trouble', code: 'device' },
    ])
  })

  it('is the end of a download, but not of one that nobody saw begin', () => {
    const pulls = [
      { id: 'p', name: 'qwen', state: 'completed' as const },
      { id: 'q', name: 'other', state: 'failed' as const },
    ]
    expect(happeningsBetween(quiet, { ...quiet, pulls })).toEqual([
      { kind: 'downloads', name: 'qwen', code: 'completed' },
    ])
  })

  it('is money: the first, a day’s sum, and what is not paid', () => {
    const now = {
      ...quiet,
      unpaidTasks: 5,
      earnedMicro: 7n,
      day: '2026-11-27',
      dayBefore: { earnedMicro: 3n, tasks: 4 },
    }
    expect(happeningsBetween(quiet, now)).toEqual([
      { kind: 'payments', tasks: 3 },
      { kind: 'earnings', code: 'first', earnedMicro: 7n },
      { kind: 'earnings', code: 'day', earnedMicro: 3n, tasks: 4 },
    ])
    expect(happeningsBetween(now, { ...now, unpaidTasks: 1, dayBefore: quiet.dayBefore })).toEqual([])
  })

  it('is that rules pause it, and that they let it go on', () => {
    const paused = { ...quiet, pause: { reasons: [{ code: 'schedule' as const }] } }
    expect(happeningsBetween(quiet, paused)).toEqual([{ kind: 'pauses', pause: paused.pause }])
    expect(happeningsBetween(paused, quiet)).toEqual([{ kind: 'pauses', pause: undefined }])
  })

  it('is a version that can be installed, once', () => {
    const found = { ...quiet, newVersion: '0.2.0' }
    expect(happeningsBetween(quiet, found)).toEqual([{ kind: 'updates', version: '0.2.0' }])
    expect(happeningsBetween(found, found)).toEqual([])
    expect(happeningsBetween(found, quiet)).toEqual([])
  })
})

describe('the notifier', () => {
  let shown: (readonly Happening[])[]
  let unwanted: NotificationKind | undefined
  let isWatched: boolean
  let notifier: Notifier
  beforeEach(() => {
    vi.useFakeTimers()
    shown = []
    unwanted = undefined
    isWatched = false
    notifier = new Notifier({
      isWanted: (kind) => kind !== unwanted,
      isWatched: () => isWatched,
      show: (happened) => shown.push(happened),
    })
  })
  afterEach(() => {
    notifier.stop()
    vi.useRealTimers()
  })
  const model = (name: string): Happening => ({ kind: 'models', name })
  const minutes = (count: number) => vi.advanceTimersByTime(count * 60_000)

  it('puts together what happens at about the same time, one of each kind', () => {
    for (const name of ['a', 'b', 'c']) notifier.add(model(name))
    notifier.add({ kind: 'trouble', code: 'failed' })
    minutes(1)
    expect(shown.map((each) => each.length)).toEqual([3, 1])
  })

  it('does not repeat itself within a quarter of an hour', () => {
    for (let times = 0; times < 14; times++) {
      notifier.add(model('a'))
      minutes(1)
    }
    expect(shown).toHaveLength(1)
    minutes(2)
    notifier.add(model('a'))
    minutes(1)
    expect(shown).toHaveLength(2)
  })

  it('tells a few things an hour, and trouble always', () => {
    for (let each = 0; each < 30; each++) {
      notifier.add(model(`model ${each}`))
      minutes(0.5)
    }
    expect(shown).toHaveLength(8)
    notifier.add({ kind: 'trouble', code: 'inference' })
    minutes(1)
    expect(shown).toHaveLength(9)
    minutes(60)
    notifier.add(model('later'))
    minutes(1)
    expect(shown).toHaveLength(10)
  })

  it('is silent of what is turned off, and while the window is looked at', () => {
    unwanted = 'models'
    notifier.add(model('a'))
    isWatched = true
    notifier.add({ kind: 'trouble', code: 'failed' })
    minutes(1)
    expect(shown).toEqual([])
    // It was not told, so it may be as soon as nobody looks.
    isWatched = false
    notifier.add({ kind: 'trouble', code: 'failed' })
    minutes(1)
    expect(shown).toHaveLength(1)
  })
})

describe('the words of a notification', () => {
  afterEach(() => speak('en'))
  const everything: readonly (readonly Happening[])[] = [
    ...(['failed', 'inference', 'device'] as const).map((code) => [{ kind: 'trouble' as const, code }]),
    [{ kind: 'models', name: 'demo' }],
    [
      { kind: 'models', name: 'demo' },
      { kind: 'models', name: 'llama' },
    ],
    [{ kind: 'downloads', name: 'demo', code: 'completed' }],
    [
      { kind: 'downloads', name: 'demo', code: 'failed' },
      { kind: 'downloads', name: 'llama', code: 'completed' },
    ],
    [{ kind: 'payments', tasks: 1 }],
    [{ kind: 'payments', tasks: 7 }],
    [{ kind: 'earnings', code: 'first', earnedMicro: 29_700n }],
    [{ kind: 'earnings', code: 'day', earnedMicro: 1_284_500_000n, tasks: 1_204 }],
    [{ kind: 'pauses', pause: { reasons: [{ code: 'on_battery' }] } }],
    [{ kind: 'pauses', pause: undefined }],
    [{ kind: 'updates', version: '0.2.0' }],
  ]

  it.each(languages)('are there in %s', async (language) => {
    await speak(language)
    const texts = everything.map((happened) => notificationText(happened, Date.now()))
    for (const { title, body, route } of texts) {
      expect(title).toMatch(/\p{L}{2}/u)
      expect(`${title} ${body}`).not.toMatch(/\{\{|undefined|notifications:/)
      expect(route).toMatch(/^#\/[a-z]+/)
    }
    expect(new Set(texts.map(({ title }) => title)).size).toBe(texts.length)
  })

  it('says how many', () => {
    const titles = everything.map((happened) => notificationText(happened, Date.now()).title)
    expect(titles).toContain('2 models cannot be served')
    expect(titles).toContain('7 tasks were not paid')
    expect(titles).toContain('Yesterday: 1,285 credits')
  })
})
