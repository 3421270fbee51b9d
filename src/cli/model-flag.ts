import { basename, resolve } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { modelNameSchema } from '../protocol/wire/checks.ts'

/** A GGUF file and the name under which it is served. */
export interface ModelFlag {
  readonly path: string
  readonly name?: string
}

/** Reads `FILE.gguf` or `FILE.gguf=NAME`. */
export function modelFlag(text: string): ModelFlag {
  const at = text.lastIndexOf('=')
  const path = at === -1 ? text : text.slice(0, at)
  const name = at === -1 ? undefined : text.slice(at + 1)
  if (basename(path) === '') throw new InvalidArgumentError('It must be a file, or FILE=NAME.')
  if (name === undefined) return { path: resolve(path) }
  if (!modelNameSchema.safeParse(name).success) {
    throw new InvalidArgumentError(`"${name}" is no name for a model: letters, digits and . _ : / - only.`)
  }
  return { path: resolve(path), name }
}
