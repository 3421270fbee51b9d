import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { copyDatabase } from '../../node/store/copy-database.ts'
import { DriadError } from '../../protocol/errors.ts'
import { removeTree } from './run-program.ts'
import { readSmokeTestResult, smokeTestFiles } from './smoke-test.ts'

/** From the start of the new version's process to its end. */
const TRIAL_MS = 4 * 60_000
/** The last of what it writes to stderr is kept, to say why it ended. */
const MAX_STDERR = 2_000

export interface TrialInit {
  /** How the new version is started where it lies. */
  readonly executable: string
  /** What Chromium needs to start here besides, as `--no-sandbox` for root. */
  readonly switches: readonly string[]
  readonly version: string
  readonly databasePath: string
  /** A folder of its own, gone afterwards. */
  readonly folder: string
  readonly signal: AbortSignal
}

/**
 * Starts a new version where it lies, beside the running one, on a copy of the database: it must open that, and answer a prompt.
 * Returns the version of the schema that it would make of the database. Throws `verification_failed` with the reason where it fails,
 * and what keeps it from being tried (`disk_full`).
 */
export async function tryVersion(init: TrialInit): Promise<number> {
  const { folder, databasePath, version, signal } = init
  await removeTree(folder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  try {
    if (existsSync(databasePath)) await copyDatabase(databasePath, join(folder, smokeTestFiles.database))
    const ended = await runTrial(init)
    signal.throwIfAborted()
    const result = readSmokeTestResult(folder)
    if (result === undefined) throw refused(`it ended without an answer. ${ended}`)
    if (!result.ok) throw refused(result.reason)
    if (result.version !== version) throw refused(`the package holds ${result.version} instead`)
    return result.schema
  } finally {
    await removeTree(folder)
  }
}

/** Resolves to how it ended. All that it started is gone then. */
function runTrial({ executable, switches, folder, signal }: TrialInit): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(executable, ['--smoke-test', folder, ...switches], {
      detached: true, // the leader of a group, that ends as one
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has ended.
      }
    }
    const timer = setTimeout(end, TRIAL_MS)
    signal.addEventListener('abort', end)
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-MAX_STDERR)
    })
    const done = (how: string) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      end()
      resolve(said === '' ? how : `${how}: ${said.trim()}`)
    }
    child.once('error', (error) => done(error.message))
    child.once('exit', (code, endedBy) => done(code === null ? `Ended by ${endedBy}` : `Exit code ${code}`))
  })
}

function refused(reason: string): DriadError {
  return new DriadError('verification_failed', reason)
}
