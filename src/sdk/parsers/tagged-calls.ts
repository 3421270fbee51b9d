import { malformedCall } from './call-shapes.ts'
import { type FunctionCall, MAX_CALLS } from './function-call.ts'
import { JsonReader } from './json-reader.ts'

/** A tag that calls stand in. */
export interface CallTag {
  readonly open: string
  readonly close: string
  readonly expected: string
  /** The calls of what begins at `at`, after white space and a code fence; `undefined` where it is none. */
  read(body: TagBody): ReadCalls | undefined
}

export interface TagBody {
  readonly text: string
  readonly at: number
  readonly reader: JsonReader
  /** How many calls were read before, for the paths of issues. */
  readonly index: number
}

export interface ReadCalls {
  readonly calls: readonly FunctionCall[]
  /** Where reading goes on. */
  readonly end: number
}

/**
 * The calls of all such tags. They are read from where a tag opens, so that a tag's own name in an argument is no end, and
 * an end that was cut off is none either. A tag that has neither a call nor an end is prose about tags. Throws
 * `output_invalid` for a tag that has an end and no call.
 */
export function taggedCalls(text: string, tag: CallTag): readonly FunctionCall[] {
  const reader = new JsonReader(text)
  const calls: FunctionCall[] = []
  let at = text.indexOf(tag.open)
  while (at >= 0 && calls.length <= MAX_CALLS) {
    const inside = at + tag.open.length
    const read = tag.read({ text, at: inside, reader, index: calls.length })
    const next = text.indexOf(tag.open, read?.end ?? inside)
    if (read === undefined) {
      const closed = text.slice(inside, next < 0 ? text.length : next).includes(tag.close)
      if (closed) throw malformedCall([calls.length], tag.expected, text.slice(at))
    } else calls.push(...read.calls)
    at = next
  }
  return calls
}

/** The place after white space and the beginning of a code fence. */
export function afterFence(text: string, from: number): number {
  const blank = /\s*(?:```[\w-]{0,16}\s*)?/y
  blank.lastIndex = from
  blank.test(text)
  return blank.lastIndex
}
