import { existsSync } from 'node:fs'
import { foreground } from './foreground.mjs'

const setpriv = '/usr/bin/setpriv'

/**
 * Runs a program in our place, as near to `exec` as an old Node can come: it gets our terminal, arguments and signals, and
 * on Linux it dies with us even when we are killed by SIGKILL.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<number>} its exit code
 */
export function replaceProcess(command, args) {
  if (process.platform === 'linux' && existsSync(setpriv)) {
    return foreground(setpriv, ['--pdeathsig', 'KILL', '--', command, ...args])
  }
  return foreground(command, args)
}
