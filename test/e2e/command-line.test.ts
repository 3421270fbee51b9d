import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { makeTestFolder } from '../helpers/driad-process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const ask = `${root}resources/workflows/ask.json`

/** A folder as a package lays it out: the script that people start, and in the place of the program the Electron of the tests. */
function installed(): { readonly driad: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'driad-test-'))
  const driad = join(folder, 'resources', 'bin', 'driad')
  mkdirSync(dirname(driad), { recursive: true })
  copyFileSync(`${root}build/linux/driad`, driad)
  const program = join(folder, 'driad-desktop')
  writeFileSync(program, `#!/bin/sh\nexec '${process.env.ELECTRON_EXEC_PATH}' '${root}' "$@"\n`, {
    mode: 0o755,
  })
  return { driad, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

const app = installed()
afterAll(() => app[Symbol.dispose]())

/** Starts it on a computer without a display. */
function start(words: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...rest } = process.env
  return spawn(app.driad, [...words], { env: { ...rest, ...env } })
}

async function run(words: readonly string[], { input = '', env = {} as NodeJS.ProcessEnv } = {}) {
  const child = start(words, env)
  const { stdin, stdout, stderr } = child
  if (stdin === null || stdout === null || stderr === null) throw new Error('it has no streams')
  stdin.on('error', () => undefined) // a command that refuses its flags reads nothing
  stdin.end(input)
  const [out, err, [code, signal]] = await Promise.all([text(stdout), text(stderr), once(child, 'exit')])
  return { out, err, code: code as number | null, signal: signal as string | null }
}

describe('the command line inside of the app', () => {
  it('knows its commands, and says with its exit code what was wrong', async () => {
    using folder = makeTestFolder()
    const dataDir = folder.dataDir('cli')
    const help = await run(['--help'])
    expect(help).toMatchObject({ code: 0, err: '' })
    expect(help.out).toContain('Usage: driad')
    const wrong = await run(['publish', '--bogus', '--json'])
    expect(wrong.code).toBe(2)
    expect(JSON.parse(wrong.out)).toMatchObject({ error: { code: 'bad_usage' } })
    // Words that Chromium knows, too.
    const identity = ['identity', '--json', '--log-level', 'debug', '--data-dir', dataDir]
    const shown = await run(identity)
    expect(shown.code, shown.err).toBe(0)
    expect(JSON.parse(shown.out)).toMatchObject({ dataDir, peerId: expect.stringMatching(/^12D3/) })
    expect((await run(identity)).out).toBe(shown.out)
    expect((await run(['ledger', 'verify', `${dataDir}/gone`])).code).toBe(2)
  })

  it('computes in a process of its own, and reads a workflow from standard input', async () => {
    using folder = makeTestFolder()
    const words = ['run', '-', '--input', 'Hey there!', '--json', '--data-dir', folder.dataDir('cli')]
    const ran = await run(words, { input: readFileSync(ask, 'utf8') })
    expect(ran.code, ran.err).toBe(0)
    expect(JSON.parse(ran.out)).toMatchObject({ status: 'completed', model: 'demo' })
    const broken = `${folder.dataDir('files')}/broken.json`
    mkdirSync(dirname(broken))
    writeFileSync(broken, '{}')
    expect((await run(['run', broken])).code).toBe(2)
  })

  it('serves until it is told to stop, and is ended by signals that no command waits for', async () => {
    using folder = makeTestFolder()
    const node = start([
      ...['start', '--json', '--no-mdns', '--listen', '/ip4/127.0.0.1/tcp/0'],
      ...['--network', 'cli', '--data-dir', folder.dataDir('node')],
    ])
    let out = ''
    node.stdout?.setEncoding('utf8').on('data', (piece: string) => (out += piece))
    node.stderr?.resume()
    const exit = once(node, 'exit')
    await expect.poll(() => out, { timeout: 60_000 }).toContain('"ready"')
    node.kill('SIGTERM')
    expect(await exit).toEqual([0, null])
    expect(out).toContain('"stopped"')

    // It waits for a node, and handles no signal.
    const waiting = start([
      ...['publish', '--prompt', 'Hello', '--models', 'demo', '--no-mdns', '--network', 'nobody'],
      ...['--data-dir', folder.dataDir('requester')],
    ])
    const ended = once(waiting, 'exit')
    let said = ''
    waiting.stderr?.setEncoding('utf8').on('data', (piece: string) => (said += piece))
    await expect.poll(() => said, { timeout: 60_000 }).toContain('published as')
    waiting.kill('SIGINT')
    expect(await ended).toEqual([null, 'SIGINT'])
  })

  it('serves an account without a home, and leaves nothing of it', async () => {
    using folder = makeTestFolder()
    const temporary = folder.dataDir('temporary')
    mkdirSync(temporary)
    const env = { HOME: '/proc/nowhere', XDG_CONFIG_HOME: '', TMPDIR: temporary }
    const { code, out, err } = await run(['run', ask, '--json'], { env })
    expect(code, err).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ status: 'completed' })
    expect(readdirSync(temporary)).toEqual([])
  })
})
