import { DriadError } from '../../protocol/errors.ts'
import { memoryText } from '../../protocol/workflow/json-text.ts'
import { type ExternalMemoryEntry, INPUT_KEY, type InputValue } from '../../protocol/workflow/schema.ts'
import type { MemorySnapshot } from './contract.ts'

/** What an input gives: a text, a list of texts, or nothing. */
export type MemoryValue = string | readonly string[] | undefined

/** Counted for each entry besides its characters, so that a loop that pushes empty texts ends as well. */
const ENTRY_CHARS = 16

/**
 * The registers of one run: a cache (key to text) and stacks (key to texts). Values are kept as texts in the form of
 * `memoryText`: JSON compact, everything else as it is. Bounded in characters; a loop that pushes for ever gets
 * `too_large` and not all of the computer's memory.
 */
export class WorkflowMemory {
  // Maps, because keys are a stranger's: "__proto__" is a key like any other.
  readonly #cache = new Map<string, string>()
  readonly #stacks = new Map<string, string[]>()
  #chars = 0

  constructor(readonly maxChars: number) {}

  /** Loads a workflow's `external_memory` and the run's input. Throws `too_large`. */
  load(entries: readonly ExternalMemoryEntry[], input: string | undefined): void {
    for (const entry of entries) {
      if (entry.kind === 'cache') this.write(entry.key, entry.text)
      else for (const item of entry.items) this.push(entry.key, item)
    }
    if (input !== undefined) this.write(INPUT_KEY, memoryText(input))
  }

  /** Reads an input of any type but `search`, which has to be waited for. `pop` removes what it gives. */
  read(value: Pick<InputValue, 'type' | 'key' | 'index'>): MemoryValue {
    switch (value.type) {
      case 'read':
        return this.#cache.get(value.key)
      case 'input':
        return this.#cache.get(INPUT_KEY)
      case 'peek':
        return this.#stacks.get(value.key)?.at(value.index ?? 0)
      case 'pop':
        return this.pop(value.key)
      case 'get_all':
        return this.#stacks.get(value.key)
      case 'size':
        return String(this.#stacks.get(value.key)?.length ?? 0)
      case 'string':
        return memoryText(value.key)
      case 'search':
        throw new DriadError('internal', 'A search was read like a register')
    }
  }

  write(key: string, text: string): void {
    const old = this.#cache.get(key)
    this.grow(old === undefined ? key.length + ENTRY_CHARS + text.length : text.length - old.length)
    this.#cache.set(key, text)
  }

  push(key: string, text: string): void {
    const stack = this.#stacks.get(key)
    this.grow(ENTRY_CHARS + text.length + (stack ? 0 : key.length + ENTRY_CHARS))
    if (stack) stack.push(text)
    else this.#stacks.set(key, [text])
  }

  pop(key: string): string | undefined {
    const text = this.#stacks.get(key)?.pop()
    if (text !== undefined) this.#chars -= ENTRY_CHARS + text.length
    return text
  }

  stack(key: string): readonly string[] | undefined {
    return this.#stacks.get(key)
  }

  snapshot(): Omit<MemorySnapshot, 'files'> {
    return { cache: [...this.#cache], stacks: [...this.#stacks].map(([key, items]) => [key, [...items]]) }
  }

  restore(snapshot: Omit<MemorySnapshot, 'files'>): void {
    this.#cache.clear()
    this.#stacks.clear()
    this.#chars = 0
    for (const [key, text] of snapshot.cache) this.write(key, text)
    for (const [key, items] of snapshot.stacks) {
      // An emptied stack is still a stack: its size is 0 and all of its items are a list.
      this.#stacks.set(key, [])
      this.#chars += key.length + ENTRY_CHARS
      for (const item of items) this.push(key, item)
    }
  }

  /** Counts characters toward the memory of the run, wherever they are kept. Throws `too_large`. */
  grow(chars: number): void {
    if (this.#chars + chars > this.maxChars) {
      throw new DriadError(
        'too_large',
        `The workflow's memory would hold more than ${this.maxChars} characters; have it push or write less`,
      )
    }
    this.#chars += chars
  }
}

/** How many characters `valueText` gives. */
export function valueLength(value: MemoryValue): number {
  if (value === undefined) return 0
  if (typeof value === 'string') return value.length
  let chars = 0
  for (const item of value) chars += item.length + 2
  return chars
}

/** A value as text: nothing is empty, a list is each item followed by " \n". */
export function valueText(value: MemoryValue): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return value
  let text = ''
  for (const item of value) text += `${item} \n`
  return text
}
