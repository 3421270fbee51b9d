import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { FuzzTarget } from './target.ts'

const folder = join(import.meta.dirname, 'corpus')

export interface CorpusFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** The kept inputs of a target: those that reach something, and by `regression-…` those that once found a bug. */
export function corpusOf({ name }: FuzzTarget): CorpusFile[] {
  const path = join(folder, name)
  if (!existsSync(path)) return []
  return readdirSync(path)
    .sort()
    .map((file) => ({ name: file, bytes: new Uint8Array(readFileSync(join(path, file))) }))
}

/** Where an input is kept. */
export function corpusFile({ name }: FuzzTarget, bytes: Uint8Array, prefix = ''): string {
  return join(folder, name, `${prefix}${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`)
}

export function keep(target: FuzzTarget, bytes: Uint8Array, prefix = ''): string {
  const path = corpusFile(target, bytes, prefix)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
  return path
}
