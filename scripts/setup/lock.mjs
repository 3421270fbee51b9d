import { createHash } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cacheDir, root } from './paths.mjs'
import { SetupError } from './setup-error.mjs'
import { say } from './step.mjs'

const waitLimitMs = 15 * 60_000
const lookEveryMs = 100

/**
 * Holds a lock between processes while `work` runs, so that ten first calls at once build only once.
 * `work` must look again whether there is anything left to do: another process may have done it meanwhile.
 * @template T
 * @param {string} name of the lock, for this clone
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(name, work) {
  const file = join(
    cacheDir(),
    'locks',
    `${name}-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`,
  )
  mkdirSync(join(file, '..'), { recursive: true })
  await acquire(file)
  const release = () => rmSync(file, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

/** @param {string} file */
async function acquire(file) {
  const until = Date.now() + waitLimitMs
  for (let waiting = false; ; waiting = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      return
    } catch (cause) {
      if (/** @type {NodeJS.ErrnoException} */ (cause).code !== 'EEXIST') throw cause
    }
    const owner = readIfThere(file)
    if (owner === undefined) continue
    if (owner !== '' && !isAlive(Number(owner))) {
      bury(file, owner)
      continue
    }
    if (!waiting) say(`driad: waiting for process ${owner}, which is setting up the same clone`)
    if (Date.now() > until)
      throw new SetupError(`process ${owner} has held ${file} for too long; end it or delete that file`)
    await sleep(lookEveryMs)
  }
}

/**
 * Removes the lock of a process that is gone. Renaming makes sure that one of us does it; should a living one have
 * taken the lock since we looked, it gets it back.
 * @param {string} file
 * @param {string} owner
 */
function bury(file, owner) {
  const grave = `${file}.${process.pid}`
  try {
    renameSync(file, grave)
  } catch {
    return
  }
  if (readIfThere(grave) !== owner) {
    try {
      linkSync(grave, file)
    } catch {
      // Someone else has the lock already.
    }
  }
  rmSync(grave, { force: true })
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return /** @type {NodeJS.ErrnoException} */ (cause).code === 'EPERM'
  }
}
