import { RESULT_VALUE } from '../../protocol/workflow/schema.ts'
import type { OutputFile } from './file-parts.ts'

/** Where a step's result goes. Made by `Write`, `Push` and `Insert`. */
export type MemoryOutput = Readonly<OutputFile> & { readonly key: string }

export interface OutputOptions {
  /** A text to store in place of the step's result. */
  readonly value?: string
}

/** Sets a cache entry. */
export const Write = {
  new: (key: string, options: OutputOptions = {}): MemoryOutput => output('write', key, options),
} as const

/** Appends to a stack. */
export const Push = {
  new: (key: string, options: OutputOptions = {}): MemoryOutput => output('push', key, options),
} as const

/** Adds to the run's file system, which `Search`, search steps and `HAVE_SIMILAR` look into. */
export const Insert = {
  new: (key: string, options: OutputOptions = {}): MemoryOutput => output('insert', key, options),
} as const

function output(
  type: OutputFile['type'],
  key: string,
  { value = RESULT_VALUE }: OutputOptions,
): MemoryOutput {
  return { type, key, value }
}
