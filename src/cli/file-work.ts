import { DriadError } from '../protocol/errors.ts'

/** Files that a command was told of: what goes wrong with them is the caller's to mend. Throws `bad_usage`. */
export function fileWork<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new DriadError('bad_usage', cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
