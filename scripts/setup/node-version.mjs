import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { inRoot } from './paths.mjs'
import { replaceProcess } from './replace-process.mjs'
import { SetupError } from './setup-error.mjs'

/** libp2p needs Promise.withResolvers, and vitest and the checks need this version. */
const neededMajor = 22

const isNewEnough = (/** @type {string} */ version) =>
  Number(version.replace(/^v/, '').split('.')[0]) >= neededMajor

/** A Node that is new enough: this one, else the one in node_modules. Needs the dependencies installed. */
export function newerNode() {
  if (isNewEnough(process.version)) return process.execPath
  const node = inRoot('node_modules', '.bin', 'node')
  if (existsSync(node)) {
    const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8', timeout: 10_000 })
    if (stdout && isNewEnough(stdout)) return node
  }
  throw new SetupError(
    `Node ${neededMajor} or newer is needed, this is ${process.version}. Install a newer one from https://nodejs.org (only on Linux x64 can set-up bring its own).`,
  )
}

/**
 * Runs this very script again under a Node that is new enough, if ours is not.
 * @returns {Promise<number | undefined>} the exit code of that run, undefined where we may go on ourselves
 */
export async function rerunUnderNewerNode() {
  const node = newerNode()
  if (node === process.execPath) return undefined
  return replaceProcess(node, process.argv.slice(1))
}
