import { spawn } from 'node:child_process'
import { hasDisplay } from './display.mjs'
import { SetupError } from './setup-error.mjs'

const startTimeoutMs = 20_000
const stopTimeoutMs = 5_000

/**
 * Runs `work` with a display: the one there is, else an Xvfb of its own that ends with it.
 * @template T
 * @param {(env: NodeJS.ProcessEnv) => Promise<T>} work gets the environment for programs that open windows
 * @param {{ uid?: number, gid?: number }} [user] whose display it shall be
 * @returns {Promise<T>}
 */
export async function withDisplay(work, user = {}) {
  if (hasDisplay() && user.uid === undefined) return work(process.env)
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1440x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    ...user,
  })
  const kill = () => server.kill('SIGKILL')
  process.once('exit', kill)
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => server.once('close', () => resolve()))
  try {
    return await work({ ...process.env, DISPLAY: `:${await displayNumber(server)}` })
  } finally {
    server.kill('SIGTERM')
    const timer = setTimeout(kill, stopTimeoutMs)
    await ended
    clearTimeout(timer)
    process.off('exit', kill)
  }
}

/** Xvfb finds a free number itself and writes it when it is ready. @param {import('node:child_process').ChildProcess} server */
function displayNumber(server) {
  /** @type {Promise<string>} */
  const number = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new SetupError('Xvfb did not start in time')), startTimeoutMs)
    server.once('error', (cause) => reject(new SetupError(`Xvfb cannot be started: ${cause.message}`)))
    server.once('close', (code) => reject(new SetupError(`Xvfb ended at once, exit code ${code}`)))
    const pipe = /** @type {import('node:stream').Readable} */ (server.stdio[3])
    let text = ''
    pipe.setEncoding('utf8').on('data', (piece) => {
      text += piece
      if (!text.includes('\n')) return
      clearTimeout(timer)
      resolve(text.trim())
    })
  })
  return number
}
