import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { openDataFolder } from '../../src/node/data-folder.ts'
import { openSettings } from '../../src/node/settings/settings.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { driad, makeTestFolder, startNode } from '../helpers/driad-process.ts'
import { recordingLogger } from '../helpers/recording-logger.ts'

const repository = new URL('../../', import.meta.url)

/** The example that the README marks as run by this file, to the letter, but for where it finds the package. */
function readmeExample(): string {
  const readme = readFileSync(new URL('README.md', repository), 'utf8')
  const marked = readme.slice(readme.indexOf('sdk-example.test.ts'))
  const code = /```ts\n([\s\S]*?)```/.exec(marked)?.[1]
  if (code === undefined) throw new Error('The README has no example after the mark')
  return code.replace("'driad'", JSON.stringify(new URL('out/main/sdk.js', repository).href))
}

/** Every program of the requesters' page, in its order. */
function pagePrograms(): string[] {
  const page = readFileSync(new URL('docs/sdk.md', repository), 'utf8')
  return [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) =>
    (match[1] as string).replace("'driad'", JSON.stringify(new URL('out/main/sdk.js', repository).href)),
  )
}

/** A data folder whose settings name a network that nobody else is on. */
async function folderOnNetwork(path: string, network: string): Promise<void> {
  const store = openStore({ path: openDataFolder(path).databasePath })
  await openSettings({ store, logger: recordingLogger().logger }).set({ network })
  await store.close()
}

describe("the README's example", () => {
  it('asks the node of the same data folder, and prints its answer', async () => {
    using folder = makeTestFolder()
    const home = folder.dataDir('home')
    mkdirSync(home)
    // Where `new Driad()` looks on Linux; the other systems do not ask this variable.
    const dataDir = join(home, 'driad')
    await folderOnNetwork(dataDir, `readme-${process.pid}-${Date.now()}`)
    const node = await startNode(['--data-dir', dataDir, '--listen', '/ip4/127.0.0.1/tcp/0'])
    try {
      const example = folder.dataDir('example.mjs')
      writeFileSync(example, readmeExample())
      const env = { ...process.env, XDG_DATA_HOME: home }
      const { stdout } = await promisify(execFile)(process.execPath, [example], { env, timeout: 60_000 })
      expect(stdout.trim().length).toBeGreaterThan(3)

      // One identity on both sides: it earned what it paid, and both entries prove it.
      await node.waitFor((event) => event.event === 'ledger' && event['direction'] === 'credit')
      const listed = await driad(['ledger', 'list', '--data-dir', dataDir, '--json'])
      expect(listed.json()[0]).toMatchObject({
        balanceMicro: 0,
        entries: [{ counterparty: node.peerId }, { counterparty: node.peerId }],
      })
      expect((await driad(['ledger', 'verify', '--data-dir', dataDir])).code).toBe(0)
    } finally {
      await node.stop()
    }
  })
})

it('runs every program of docs/sdk.md', async () => {
  using folder = makeTestFolder()
  const home = folder.dataDir('home')
  mkdirSync(home)
  const dataDir = join(home, 'driad')
  await folderOnNetwork(dataDir, `sdk-${process.pid}-${Date.now()}`)
  const node = await startNode(['--data-dir', dataDir, '--listen', '/ip4/127.0.0.1/tcp/0'])
  try {
    const env = { ...process.env, XDG_DATA_HOME: home }
    const outputs: string[] = []
    for (const [index, program] of pagePrograms().entries()) {
      const file = join(home, `program-${index}.mts`)
      writeFileSync(file, program)
      const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning']
      const { stdout } = await promisify(execFile)(process.execPath, [...flags, file], {
        cwd: home,
        env,
        timeout: 60_000,
      })
      outputs.push(stdout.trim())
    }
    expect(outputs[0]).toMatch(/\w+/)
    const answers = (outputs[1] ?? '').split('\n').filter((line) => /^[012] \S/.test(line))
    expect(new Set(answers.map((line) => line[0]))).toEqual(new Set(['0', '1', '2']))
    expect(outputs[2]).toBe('3')
    expect(outputs[3]).toMatch(/^(Monday|Friday) \d{1,2} 1$/)
    expect(outputs[4]).toMatch(/^3$/m)
    expect(outputs).toHaveLength(5)
    expect(readFileSync(join(home, 'subtopics.jsonl'), 'utf8')).toMatch(/"topic"/)
  } finally {
    await node.stop()
  }
}, 180_000)
