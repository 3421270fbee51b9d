import { DriadError } from '../protocol/errors.ts'

/**
 * How many rows come before the page that a cursor stands for: for lists that are sorted anew each time, where no row marks a
 * place. 0 without a cursor. Throws `bad_usage` for one that is not ours.
 */
export function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor)
  throw new DriadError('bad_usage', 'The page asked for does not exist. Start again from the first page')
}
