import { copyFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { driad, startNode } from '../helpers/driad-process.ts'
import { demoModelPath } from '../helpers/models.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

let folder: ReturnType<typeof tempFolder>
beforeEach(() => {
  folder = tempFolder()
})
afterEach(() => folder[Symbol.dispose]())

const models = (...args: string[]) => driad(['models', ...args, '--json', '--data-dir', folder.file('data')])

describe('driad models set', () => {
  it('keeps what is set, and goes back to the settings', async () => {
    const set = await models(
      'set',
      'demo',
      '--slots',
      '2',
      '--context',
      '256',
      '--kv-type',
      'q8_0',
      '--preload',
    )
    expect(set.json()).toEqual([{ name: 'demo', slots: 2, contextSize: 256, kvType: 'q8_0', preload: true }])
    const back = await models('set', 'demo', '--slots', 'default', '--no-preload')
    expect(back.json()).toEqual([{ name: 'demo', contextSize: 256, kvType: 'q8_0', preload: false }])
    const priced = await models('set', 'demo', '--prompt-price', '5', '--completion-price', '9000000')
    expect(priced.json()[0]).toMatchObject({ promptMicroPer1k: 5, completionMicroPer1k: 9000000 })
  })

  it('says what is wrong, with exit code 2', async () => {
    for (const args of [
      ['demo'],
      ['demo', '--slots', '65'],
      ['demo', '--prompt-price', '1'],
      ['absent', '--slots', '1'],
    ]) {
      const { code, stderr } = await models('set', ...args)
      expect(code).toBe(2)
      expect(stderr).not.toBe('')
    }
  })
})

it('measures a model and remembers it for the node', async () => {
  const measured = await models('bench', 'demo')
  expect(measured.json()[0]).toMatchObject({
    name: 'demo',
    device: 'CPU',
    promptTokensPerSecond: expect.any(Number),
    tokensPerSecond: expect.any(Number),
    allSlotsTokensPerSecond: expect.any(Number),
    firstTokenMs: expect.any(Number),
    slots: 4,
    comparison: { machine: expect.any(String), percent: expect.any(Number) },
  })
  expect((await models('bench', folder.file('absent.gguf'))).code).toBe(2)
})

it('has a running node load and unload what is added, set and removed beside it', async () => {
  const path = folder.file('copy.gguf')
  copyFileSync(demoModelPath, path)
  const node = await startNode(['--data-dir', folder.file('data')])
  try {
    const loaded = (text: string) => expect.poll(() => node.stderr(), { timeout: 30_000 }).toContain(text)
    const added = await driad(['models', 'add', path, '--name', 'copy', '--data-dir', folder.file('data')])
    expect(added.stdout).toBe('copy is loaded by the running node now\n')
    await loaded('copy was added by another process')
    await loaded('copy is loaded')
    expect((await models('remove', 'copy')).code).toBe(0)
    await loaded('copy was removed by another process')
  } finally {
    await node.stop()
  }
})
