import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { driad, makeTestFolder, type TestFolder } from '../helpers/driad-process.ts'
import { hostileWorkflows } from '../helpers/hostile-workflows.ts'
import { runTypeScript } from '../helpers/run-typescript.ts'

const program = fileURLToPath(new URL('../helpers/hostile.program.ts', import.meta.url))
/** The heap may be warmer afterwards: code, caches. A leak of what these workflows make would be far more. */
const GROWN_BYTES = 48 * 1024 * 1024
/** Ten times what the slowest takes on two busy cores; unbounded ones never end. */
const LONGEST_MS = 20_000
const LONGEST_BLOCK_MS = 3_000

interface Ran {
  readonly name: string
  readonly end: string
  readonly ms: number
  readonly blockedMs: number
  readonly grownBytes: number
  readonly polluted: boolean
}

describe('a hostile workflow ends as it should, soon, and leaves no memory behind', () => {
  const ran = new Map<string, Ran>()
  beforeAll(async () => {
    const { lines, ended } = runTypeScript(program, [], ['--expose-gc'])
    for await (const line of lines) {
      const one = JSON.parse(line) as Ran
      ran.set(one.name, one)
    }
    expect(await ended).toBe(0)
  }, 120_000)

  for (const [name, { ends }] of Object.entries(hostileWorkflows)) {
    it(name, () => {
      const one = ran.get(name)
      expect(ends).toContain(one?.end)
      expect(one?.ms).toBeLessThan(LONGEST_MS)
      expect(one?.blockedMs).toBeLessThan(LONGEST_BLOCK_MS)
      expect(one?.grownBytes).toBeLessThan(GROWN_BYTES)
      expect(one?.polluted).toBe(false)
    })
  }
})

describe('the program itself', () => {
  let folder: TestFolder
  beforeAll(() => {
    folder = makeTestFolder()
  })
  afterAll(() => folder[Symbol.dispose]())

  const text = (name: string): string => {
    const given = hostileWorkflows[name]?.make()
    return typeof given === 'string' ? given : JSON.stringify(given)
  }

  it.each([
    'a schema that merges lists of merges',
    'a schema whose comparisons double',
    'brackets without end',
    'more steps than anybody may take',
  ])('validate: refuses %s', async (name) => {
    const { code, json, stderr } = await driad(['validate', '-', '--json'], { input: text(name) })
    expect(code, stderr).toBe(2)
    expect(json()[0]).toMatchObject({ valid: false, error: { code: 'bad_workflow' } })
  })

  it.each([
    ['a million steps, and no more than that', 'max_steps_exceeded'],
    ['pushing for ever without a way out', 'too_large'],
    ['all of a giant stack, for each of its inputs', 'max_time_exceeded'],
  ])('run: ends %s', async (name, expected) => {
    const { code, json, stderr } = await driad(['run', '-', '--json', '--data-dir', folder.dataDir('run')], {
      input: text(name),
    })
    expect(json()[0], stderr).toMatchObject({ status: 'failed', error: { code: expected } })
    expect(code).toBe(1)
  })

  it('run: gives names of the prototype no power', async () => {
    const { code, json, stderr } = await driad(['run', '-', '--json', '--data-dir', folder.dataDir('run')], {
      input: text('names of the prototype everywhere').replace(
        '"max_time":2',
        '"max_time":60,"max_tokens":8',
      ),
    })
    expect(json()[0], stderr).toMatchObject({ status: 'completed', result: expect.any(String) })
    expect(code).toBe(0)
  })
})
