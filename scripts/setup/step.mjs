import { SetupError } from './setup-error.mjs'

/** Set-up talks on stderr only: the stdout of `driad ... --json` belongs to its reader. @param {string} text */
export const say = (text) => process.stderr.write(`${text}\n`)

/** @param {number} ms */
export const seconds = (ms) => `${(ms / 1000).toFixed(ms < 9_950 ? 1 : 0)} s`

/**
 * Runs one step of set-up and says in one line what it does and how long it took.
 * @template T
 * @param {string} title what is being done, without a full stop
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const startedAt = performance.now()
  process.stderr.write(`driad: ${title} ... `)
  try {
    const result = await work()
    say(seconds(performance.now() - startedAt))
    return result
  } catch (cause) {
    say('failed')
    throw cause
  }
}

/**
 * The root of every command: a set-up error is told in words, anything else with its stack.
 * @param {() => Promise<number>} main returns the exit code
 */
export async function runMain(main) {
  try {
    process.exitCode = await main()
  } catch (cause) {
    say(
      cause instanceof SetupError
        ? `driad: ${cause.message}`
        : String(cause instanceof Error ? cause.stack : cause),
    )
    process.exitCode = 1
  }
}
