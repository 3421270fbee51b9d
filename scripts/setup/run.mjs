import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { stripVTControlCharacters } from 'node:util'
import { SetupError } from './setup-error.mjs'

const keptOutputChars = 6_000
/** @type {NodeJS.Signals[]} */
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a program to its end, quietly: its output is shown only when it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs: number }} options
 * @returns {Promise<string>} what it wrote on stdout (its end, where that is long)
 */
export async function run(command, args, { cwd, env = process.env, timeoutMs }) {
  // npm and other commands are .cmd files on Windows, which only a shell can start.
  const shell = process.platform === 'win32' && !/\.exe$/i.test(command)
  const child = spawn(command, args, {
    cwd,
    env,
    shell,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  })
  let output = ''
  let all = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output = (output + text).slice(-keptOutputChars)
    all = (all + text).slice(-keptOutputChars)
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    all = (all + text).slice(-keptOutputChars)
  })
  // Who ends us ends the step that we wait for, too: no npm is left at work behind our back.
  const end = (/** @type {NodeJS.Signals} */ signal) => {
    child.kill(signal)
    process.exit(128 + constants.signals[signal])
  }
  for (const signal of endingSignals) process.on(signal, end)
  /** @type {{ code: number | null, signal: string | null }} */
  const ended = await new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new SetupError(`${command} cannot be started: ${cause.message}`, { cause })),
    )
    child.once('close', (code, signal) => resolve({ code, signal }))
  }).finally(() => {
    for (const signal of endingSignals) process.off(signal, end)
  })
  if (ended.code !== 0) {
    const how = ended.signal === null ? `exit code ${ended.code}` : `ended by ${ended.signal}`
    throw new SetupError(
      `\`${[command, ...args].join(' ')}\` failed (${how}):\n${stripVTControlCharacters(all).trim()}`,
    )
  }
  return output
}
