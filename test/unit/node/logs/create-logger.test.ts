import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type CreateLoggerInit, createLogger } from '../../../../src/node/logs/create-logger.ts'
import { LineWriter } from '../../../../src/node/logs/line-writer.ts'
import { prettyLine } from '../../../../src/node/logs/pretty-line.ts'
import { DriadError } from '../../../../src/protocol/errors.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const readLines = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('createLogger', () => {
  it('keeps lines in memory with their scope and level, and tells listeners', async () => {
    const { logger, history, close } = createLogger()
    const heard: number[] = []
    const stop = history.onLine((line) => heard.push(line.seq))
    history.onLine(() => {
      throw new Error('a broken view')
    })
    logger.info('started at 100%s')
    logger.scope('network').warn('slow', { peer: '12D3', ms: 80 })
    logger.debug('below the level')
    stop()
    logger.error('after')
    expect(history.linesAfter(0)).toMatchObject([
      { seq: 1, level: 'info', scope: 'driad', message: 'started at 100%s' },
      { seq: 2, level: 'warn', scope: 'network', message: 'slow', fields: { peer: '12D3', ms: 80 } },
      { seq: 3, level: 'error' },
    ])
    expect(history.linesAfter(2).map((line) => line.seq)).toEqual([3])
    expect(history.linesAfter(0, 2).map((line) => line.seq)).toEqual([2, 3])
    expect(history.linesAfter(3)).toEqual([])
    expect(heard).toEqual([1, 2])
    await close()
  })

  it('forgets the oldest lines in memory', () => {
    const { logger, history } = createLogger({ historyLines: 10 })
    for (let i = 1; i <= 25; i++) logger.info(`line ${i}`)
    expect(history.linesAfter(0).map((line) => line.seq)).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25])
    expect(history.linesAfter(20, 3).map((line) => line.message)).toEqual(['line 23', 'line 24', 'line 25'])
  })

  it('changes the level of every scope at once', () => {
    const { logger, history, setLevel } = createLogger({ level: 'warn' })
    const scope = logger.scope('tasks')
    scope.info('no')
    setLevel('debug')
    scope.debug('yes')
    expect(history.linesAfter(0).map((line) => line.message)).toEqual(['yes'])
  })

  it('hides what is private, whatever it is in, and bounds the rest', () => {
    const { logger, history } = createLogger()
    logger.info('everything', {
      prompt: 'my diary',
      task: { result: 'its summary', private_key: 'abc', tokens: 5, list: [{ apiKey: 'k', id: 1 }] },
      key: new Uint8Array(32),
      money: 5n,
      long: 'x'.repeat(10_000),
      many: Array.from({ length: 1_000 }, (_, i) => i),
      nothing: undefined,
      when: new Date(0),
      ratio: Number.NaN,
      deep: { a: { b: { c: { d: { e: { f: 1 } } } } } },
    })
    const [line] = history.linesAfter(0)
    const text = JSON.stringify(line)
    for (const secret of ['my diary', 'its summary', 'abc', '"k"']) expect(text).not.toContain(secret)
    expect(text.length).toBeLessThan(4_000)
    expect(line?.fields).toMatchObject({
      prompt: '[hidden]',
      task: { result: '[hidden]', private_key: '[hidden]', tokens: 5, list: [{ apiKey: '[hidden]', id: 1 }] },
      key: '[32 bytes]',
      money: '5',
      when: '1970-01-01T00:00:00.000Z',
      ratio: 'NaN',
    })
  })

  it('writes errors with code and cause, and a stack only where the code says too little', () => {
    const { logger, history } = createLogger()
    const error = new DriadError('disk_full', 'No room', { cause: new Error('ENOSPC') })
    logger.error('failed', { error, loop: circular() })
    const fields = history.linesAfter(0)[0]?.fields as Record<string, Record<string, unknown>>
    expect(fields.error).toMatchObject({ name: 'DriadError', code: 'disk_full', message: 'No room' })
    expect(fields.error).not.toHaveProperty('stack')
    expect(fields.error?.cause).toMatchObject({ message: 'ENOSPC', stack: expect.stringContaining('ENOSPC') })
  })

  it('rotates its files, privately, and loses no line', async () => {
    using folder = tempFolder()
    const logs = createLogger({
      destinations: { folder: folder.file('logs') },
      maxFileBytes: 2_000,
      maxFiles: 4,
    })
    for (let i = 0; i < 60; i++) {
      logs.logger.info('a line of some length', { i })
      // One write for each line, so that there is something to rotate.
      await expect
        .poll(() => readIfThere(folder.file('logs/driad.log')), { interval: 2 })
        .toContain(`{"i":${i}}`)
    }
    await logs.close()
    await logs.close()
    const names = readdirSync(folder.file('logs'))
    expect(names.toSorted()).toEqual(['driad.1.log', 'driad.2.log', 'driad.3.log', 'driad.log'])
    const numbers: unknown[] = []
    for (const name of ['driad.3.log', 'driad.2.log', 'driad.1.log', 'driad.log']) {
      const path = join(folder.file('logs'), name)
      expect(statSync(path).size).toBeLessThanOrEqual(2_000)
      if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
      numbers.push(...readLines(path).map((line) => (line.fields as { i: number }).i))
    }
    expect(numbers.length).toBeGreaterThan(40)
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => 60 - numbers.length + i))
  })

  it('goes on with the file that is there', async () => {
    using folder = tempFolder()
    mkdirSync(folder.file('logs'))
    writeFileSync(folder.file('logs/driad.log'), '{"message":"from yesterday"}\n')
    const logs = createLogger({ destinations: { folder: folder.file('logs') } })
    logs.logger.info('today')
    await logs.close()
    logs.logger.info('too late for the file')
    expect(readLines(folder.file('logs/driad.log')).map((line) => line.message)).toEqual([
      'from yesterday',
      'today',
    ])
    expect(logs.history.linesAfter(0)).toHaveLength(2)
  })

  it('survives a folder that cannot be written', async () => {
    using folder = tempFolder()
    writeFileSync(folder.file('taken'), '')
    const logs = createLogger({ destinations: { folder: folder.file('taken/logs') } })
    logs.logger.error('into the void')
    await logs.close()
    expect(logs.history.linesAfter(0)).toHaveLength(1)
  })

  it('takes ten thousand lines without waiting for the disk', async () => {
    using folder = tempFolder()
    const logs = createLogger({ destinations: { folder: folder.file('logs') } })
    const startedMs = performance.now()
    for (let i = 0; i < 10_000; i++) logs.logger.info('a line', { i })
    expect(performance.now() - startedMs).toBeLessThan(2_000)
    await logs.close()
    expect(readLines(folder.file('logs/driad.log'))).toHaveLength(10_000)
  })

  it.each<[NonNullable<CreateLoggerInit['destinations']>['stderr'], RegExp]>([
    ['json', /^\{"level":"warn","time":\d+,"scope":"tasks","fields":\{"n":1\},"message":"last words"\}\n$/],
    ['pretty', /^\d\d:\d\d:\d\d\.\d{3} warn {2}tasks {5}last words {2}n=1\n$/],
    ['off', /^$/],
  ])('writes to stderr as %s, also what is waiting when the process ends', (stderr, expected) => {
    const program = `
      import { createLogger } from ${JSON.stringify(new URL('../../../../src/node/logs/create-logger.ts', import.meta.url))}
      createLogger({ destinations: { stderr: ${JSON.stringify(stderr)} } }).logger.scope('tasks').warn('last words', { n: 1 })
      process.exit(3)`
    const flags = [
      '--experimental-transform-types',
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
    ]
    const ended = spawnSync(process.execPath, [...flags, '-e', program], { encoding: 'utf8' })
    expect(ended.status).toBe(3)
    expect(ended.stdout).toBe('')
    expect(ended.stderr).toMatch(expected)
  })
})

describe('LineWriter', () => {
  it('drops lines rather than the memory when nothing is taken, and says how many', async () => {
    let release = (): void => undefined
    const stuck = new Promise<void>((resolve) => {
      release = resolve
    })
    const written: string[] = []
    const writer = new LineWriter({
      write: async (text) => {
        await stuck
        written.push(text)
      },
      writeSync: () => undefined,
      close: async () => undefined,
    })
    const line = `${'x'.repeat(100_000 - 1)}\n`
    for (let i = 0; i < 100; i++) writer.add(line)
    release()
    await expect.poll(() => written.join('').length).toBeGreaterThan(8_000_000)
    writer.add('the next\n')
    await writer.close()
    const text = written.join('')
    expect(text.length).toBeLessThan(8_500_000)
    expect(text).toMatch(/1[67] lines could not be written/)
    expect(text.endsWith('the next\n')).toBe(true)
  })
})

describe('prettyLine', () => {
  it('keeps what a peer wrote on one line, without escape sequences', () => {
    const text = prettyLine(
      {
        seq: 1,
        atMs: 0,
        level: 'info',
        scope: 'network',
        message: 'hi\n\u001b[31mFATAL',
        fields: { agent: 'a b\n"' },
      },
      false,
    )
    expect(text.split('\n')).toHaveLength(2)
    expect(text).not.toContain('\u001b')
    expect(text).toContain('agent="a b\\n\\""')
  })
})

function circular(): Record<string, unknown> {
  const loop: Record<string, unknown> = {}
  loop.self = loop
  return loop
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
