import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** @type {NodeJS.Signals[]} */
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP']
const parentLookMs = 500

/**
 * Runs a program in our place: it has our terminal, gets our signals, and its exit code is ours.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, stdio?: import('node:child_process').StdioOptions }} [options]
 * @returns {Promise<number>} the exit code, 128 + n for a program that signal n ended
 */
export async function foreground(command, args, { cwd, env = process.env, stdio = 'inherit' } = {}) {
  const child = spawn(command, args, { cwd, env, stdio })
  const forward = (/** @type {NodeJS.Signals} */ signal) => {
    // A terminal's Ctrl+C reaches the whole foreground group; a second SIGINT would cut the child's clean end short.
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    child.kill(signal)
  }
  for (const signal of forwarded) process.on(signal, forward)
  const stopLooking = onParentGone(() => child.kill('SIGTERM'))
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
    })
  } finally {
    for (const signal of forwarded) process.off(signal, forward)
    stopLooking()
  }
}

/**
 * npm hands a signal to the shell that it started us by, and that shell ends without telling us. Then this does.
 * @param {() => void} listener called once
 * @returns {() => void} stops looking
 */
function onParentGone(listener) {
  if (!process.env['npm_lifecycle_event']) return () => undefined
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    listener()
  }, parentLookMs)
  return () => clearInterval(timer)
}
