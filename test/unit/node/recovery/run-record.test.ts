import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CRASH_LOOP, RunRecord } from '../../../../src/node/recovery/run-record.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const MINUTE = 60_000

function runsIn(folder: ReturnType<typeof tempFolder>, safeMode: 'auto' | 'on' | 'off' = 'auto') {
  let nowMs = Date.parse('2031-04-09T12:00:00Z')
  const record = () =>
    new RunRecord({
      path: folder.file('runs.json'),
      logsFolder: folder.file('logs'),
      safeMode,
      now: () => nowMs,
    })
  return {
    pass: (ms: number) => {
      nowMs += ms
    },
    /** A run that ends without a stop. */
    crash: (error?: Error) => {
      const run = record()
      const start = run.begin()
      if (error !== undefined) run.fatal(error)
      return start
    },
    record,
    log: (level: string, message: string) => {
      mkdirSync(folder.file('logs'), { recursive: true })
      const line = {
        level,
        time: nowMs,
        scope: 'inference',
        message,
        fields: { error: { message: 'no memory' } },
      }
      appendFileSync(folder.file('logs/driad.log'), `${JSON.stringify(line)}\n`)
    },
  }
}

describe('RunRecord', () => {
  it('takes a loop of crashes for one, and nothing less', () => {
    using folder = tempFolder()
    const runs = runsIn(folder)
    for (let i = 0; i < CRASH_LOOP.ends; i++) {
      expect(runs.crash()).toMatchObject({ unclean: i > 0, safeMode: undefined })
      runs.pass(MINUTE)
    }
    expect(runs.crash().safeMode).toEqual({ cause: 'crashes', crashes: 3, lastLines: [] })
  })

  it('forgets crashes that lie apart, that came after a while, or that a stop came after', () => {
    using folder = tempFolder()
    const runs = runsIn(folder)
    for (let i = 0; i < 6; i++) {
      expect(runs.crash().safeMode).toBeUndefined()
      runs.pass(6 * MINUTE)
    }
    for (let i = 0; i < 6; i++) {
      const run = runs.record()
      expect(run.begin().safeMode).toBeUndefined()
      run.settled()
      runs.pass(2 * MINUTE)
    }
    for (let i = 0; i < 6; i++) {
      if (i % 2 === 0) runs.crash()
      else {
        const run = runs.record()
        expect(run.begin().safeMode).toBeUndefined()
        run.end()
      }
    }
    expect(runs.record().begin()).toMatchObject({ unclean: false })
  })

  it('takes no kill of what had come up for a crash, but every error', () => {
    using folder = tempFolder()
    const runs = runsIn(folder)
    for (let i = 0; i < 6; i++) {
      const run = runs.record()
      expect(run.begin().safeMode).toBeUndefined()
      run.cameUp()
    }
    for (let i = 0; i < CRASH_LOOP.ends; i++) {
      const run = runs.record()
      expect(run.begin().safeMode).toBeUndefined()
      run.cameUp()
      run.fatal(new Error('the last straw'))
    }
    expect(runs.record().begin().safeMode).toMatchObject({ crashes: 3 })
  })

  it('tells what the last run said before it died, from its log and its last error', () => {
    using folder = tempFolder()
    const runs = runsIn(folder)
    runs.log('error', 'of an earlier run')
    runs.pass(1)
    for (let i = 0; i < CRASH_LOOP.ends; i++) {
      runs.crash(new Error('the last straw'))
      runs.log('info', 'a line of no importance')
      runs.log('error', `Could not load, try ${i}`)
      runs.pass(1)
    }
    const lines = runs.crash().safeMode?.lastLines ?? []
    expect(lines[0]).toBe('inference: Could not load, try 2: no memory')
    expect(lines.at(-1)).toContain('the last straw')
    expect(lines).toHaveLength(2)
  })

  it('keeps damage until it is mended, and tries a wish once', () => {
    using folder = tempFolder()
    const runs = runsIn(folder)
    const first = runs.record()
    first.begin()
    first.damaged('a page is gone')
    first.wish({ act: 'restore', name: 'driad-x.sqlite' })
    first.end()
    const second = runs.record()
    expect(second.begin()).toMatchObject({
      damage: 'a page is gone',
      wish: { act: 'restore', name: 'driad-x.sqlite' },
    })
    const third = runs.record()
    expect(third.begin()).toMatchObject({ damage: 'a page is gone', wish: undefined })
    third.mended()
    expect(runs.record().begin()).toMatchObject({ damage: undefined })
  })

  it('starts anew from a file that says nothing', () => {
    using folder = tempFolder()
    writeFileSync(folder.file('runs.json'), '{"running":')
    expect(runsIn(folder).crash()).toMatchObject({ unclean: false, safeMode: undefined })
    expect(JSON.parse(readFileSync(folder.file('runs.json'), 'utf8'))).toMatchObject({ crashes: [] })
  })

  it('is a safe start where that is asked for, and never where it is not wanted', () => {
    using folder = tempFolder()
    expect(runsIn(folder, 'on').crash().safeMode).toMatchObject({ cause: 'asked' })
    const never = runsIn(folder, 'off')
    for (let i = 0; i < 5; i++) expect(never.crash().safeMode).toBeUndefined()
  })
})
