import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { inRoot } from '../setup/paths.mjs'

/** Longest that one command may take. */
const commandTimeoutMs = 120_000

/** @typedef {{ stdout: string, stderr: string, code: number | string }} Ended what it died of stands for the code */

/**
 * Runs the installed command as an ordinary user, on no display.
 * @param {import('./test-user.mjs').TestUser} user
 * @param {string[]} words
 * @param {{ input?: string, command?: string[] }} [options] `command` is how it is started, if not by its name
 * @returns {Promise<Ended>}
 */
export async function installedDriad(
  user,
  words,
  { input = '', command: [program = 'driad', ...first] = [] } = {},
) {
  const { uid, gid, home: cwd, env } = user
  const child = spawn(program, [...first, ...words], {
    cwd,
    uid,
    gid,
    env,
    timeout: commandTimeoutMs,
    killSignal: 'SIGKILL',
  })
  child.stdin.on('error', () => undefined) // a command that refuses its flags reads nothing
  child.stdin.end(input)
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { stdout, stderr, code: code ?? signal }
}

/**
 * What the installed command line must do without the app, in a data folder of its own.
 * @param {import('./test-user.mjs').TestUser} user
 * @param {{ command?: string[] }} [options]
 */
export async function testCommandLine(user, options = {}) {
  const dataDir = join(user.home, 'command-line')
  /** @param {string[]} words @param {number} expected @param {string} [input] */
  const ended = async (words, expected, input) => {
    const outcome = await installedDriad(user, words, { ...options, ...(input !== undefined && { input }) })
    assert.equal(outcome.code, expected, `driad ${words.join(' ')}: ${JSON.stringify(outcome)}`)
    return outcome
  }
  const help = await ended(['--help'], 0)
  assert.match(help.stdout, /^Usage: driad /)
  assert.equal(help.stderr, '', 'something else was written beside the help')
  const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'))
  assert.equal((await ended(['--version'], 0)).stdout.trim(), version)

  const wrong = await ended(['publish', '--no-such-flag', '--json'], 2)
  assert.equal(JSON.parse(wrong.stdout).error.code, 'bad_usage')
  await ended(['no-such-command'], 2)

  const identity = ['identity', '--json', '--data-dir', dataDir]
  const first = JSON.parse((await ended(identity, 0)).stdout)
  assert.match(first.peerId, /^12D3KooW/)
  assert.deepEqual(JSON.parse((await ended(identity, 0)).stdout), first, 'the identity is another one now')

  const workflow = readFileSync(inRoot('resources', 'workflows', 'ask.json'), 'utf8')
  const run = ['run', '-', '--input', 'Hey there!', '--json', '--data-dir', dataDir]
  const task = JSON.parse((await ended(run, 0, workflow)).stdout)
  assert.equal(task.status, 'completed', JSON.stringify(task))
  await ended(['run', '-'], 2, '{}')
  // No node has that key: the task is lost, which is a failure and no bad usage.
  const lost = [
    'result',
    '01a21f11-cb4e-752d-98bb-de659dad9e1c',
    '--json',
    '--data-dir',
    dataDir,
    '--no-mdns',
  ]
  assert.ok(JSON.parse((await ended(lost, 1)).stdout).error)
}

/**
 * Publishes a prompt to a node, with a data folder of its own, and returns how the task ended.
 * @param {import('./test-user.mjs').TestUser} user
 * @param {{ address: string, network: string }} where
 */
export async function publishInstalled(user, { address, network }) {
  const { stdout, stderr, code } = await installedDriad(user, [
    ...['publish', '--prompt', 'Hey there!', '--models', 'demo', '--json'],
    ...['--data-dir', join(user.home, 'command-line'), '--network', network],
    ...['--bootstrap', address, '--no-mdns'],
  ])
  assert.equal(code, 0, `${stdout}\n${stderr}`)
  return JSON.parse(stdout)
}
