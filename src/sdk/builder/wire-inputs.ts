import type { ExternalMemory } from './external-memory.ts'
import type { MessageFile } from './file-parts.ts'
import { GetAll, type MemoryInput, Read } from './memory-inputs.ts'
import type { MemoryOutput } from './memory-outputs.ts'

/** Which kind of memory a key stands for, and whether something is there when a step begins. */
export interface KnownKey {
  readonly kind: 'cache' | 'stack'
  readonly certain: boolean
}

/**
 * What keys mean for the step at `index`: external memory, then the outputs of the steps before it, of which the last
 * counts. Keys that only it or a later step writes are there when a loop comes round, and not the first time.
 */
export function keysAt(
  index: number,
  memory: ExternalMemory,
  outputs: readonly (readonly MemoryOutput[])[],
): ReadonlyMap<string, KnownKey> {
  const keys = new Map<string, KnownKey>()
  for (const [key, value] of Object.entries(memory)) {
    if (value === undefined || value === null) continue
    const kind = Array.isArray(value) ? 'stack' : 'cache'
    keys.set(key, { kind, certain: !Array.isArray(value) || value.length > 0 })
  }
  for (const [at, list] of outputs.entries()) {
    for (const { type, key } of list) {
      if (type === 'insert' || (at >= index && keys.has(key))) continue
      keys.set(key, { kind: type === 'push' ? 'stack' : 'cache', certain: at < index })
    }
  }
  return keys
}

/** The names of `{{placeholders}}`, each once, in order. */
export function placeholdersOf(messages: readonly MessageFile[]): readonly string[] {
  const names = messages.flatMap(({ content }) =>
    [...content.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]),
  )
  return [...new Set(names)].filter((name) => name !== undefined)
}

/** The input that a placeholder without one of its own stands for: a cache entry, or all of a stack. */
export function inputFor(name: string, keys: ReadonlyMap<string, KnownKey>): MemoryInput | undefined {
  const known = keys.get(name)
  if (known === undefined) return undefined
  const { new: make } = known.kind === 'stack' ? GetAll : Read
  return make(name, { required: known.certain })
}
