import { workflowLimits } from '../../../protocol/workflow/limits.ts'
import type { ExternalMemoryEntry } from '../../../protocol/workflow/schema.ts'
import type { MemoryChange } from '../../../protocol/workflow/step-report.ts'

/** Texts, stack items and insertions that one state holds; a run that keeps more is shown in part. */
const MAX_ENTRIES = workflowLimits.memoryEntries

export interface StackState {
  /** Oldest first. */
  readonly items: readonly string[]
  /** Items taken that were pushed before anything that is known here. */
  readonly takenBelow: number
}

export interface InsertedText {
  readonly text: string
  readonly chunks: number
}

/**
 * A run's memory, or what a series of steps made of one: both are a state, so states of a run's parts can be put behind
 * one another. Never changed in place.
 */
export interface MemoryState {
  readonly cache: ReadonlyMap<string, string>
  readonly stacks: ReadonlyMap<string, StackState>
  readonly files: readonly InsertedText[]
  readonly entries: number
  /** Characters of all texts and keys. */
  readonly chars: number
  /** True where something found no room, so that the state is not whole. */
  readonly isCut: boolean
}

export const emptyMemory: MemoryState = {
  cache: new Map(),
  stacks: new Map(),
  files: [],
  entries: 0,
  chars: 0,
  isCut: false,
}

const noItems: StackState = { items: [], takenBelow: 0 }

/** What a workflow brings along, and the run's input, as the engine loads them. */
export function initialMemory(entries: readonly ExternalMemoryEntry[], input?: MemoryChange): MemoryState {
  const changes = entries.flatMap((entry): MemoryChange[] =>
    entry.kind === 'cache'
      ? [{ type: 'write', key: entry.key, text: entry.text }]
      : entry.items.map((text) => ({ type: 'push', key: entry.key, text })),
  )
  return withChanges(emptyMemory, input === undefined ? changes : [...changes, input])
}

/** The state after some changes. Takes any changes in any order; what finds no room is left out and told by `isCut`. */
export function withChanges(state: MemoryState, changes: readonly MemoryChange[]): MemoryState {
  if (changes.length === 0) return state
  const cache = new Map(state.cache)
  const stacks = new Map(state.stacks)
  const copied = new Map<string, { items: string[]; takenBelow: number }>()
  const files = [...state.files]
  let { entries, chars, isCut } = state

  const stackOf = (key: string) => {
    const known = copied.get(key)
    if (known !== undefined) return known
    const { items, takenBelow } = stacks.get(key) ?? noItems
    const copy = { items: [...items], takenBelow }
    copied.set(key, copy)
    stacks.set(key, copy)
    return copy
  }
  const hasRoom = (moreEntries: number, moreChars: number) => {
    const fits = entries + moreEntries <= MAX_ENTRIES && chars + moreChars <= workflowLimits.memoryChars
    if (fits) {
      entries += moreEntries
      chars += moreChars
    } else isCut = true
    return fits
  }

  for (const change of changes) {
    switch (change.type) {
      case 'write': {
        const old = cache.get(change.key)
        const more = change.text.length - (old === undefined ? -change.key.length : old.length)
        if (hasRoom(old === undefined ? 1 : 0, more)) cache.set(change.key, change.text)
        break
      }
      case 'push': {
        const isNew = !stacks.has(change.key)
        if (hasRoom(isNew ? 2 : 1, change.text.length + (isNew ? change.key.length : 0)))
          stackOf(change.key).items.push(change.text)
        break
      }
      case 'pop': {
        if (!stacks.has(change.key) && !hasRoom(1, change.key.length)) break
        const stack = stackOf(change.key)
        const taken = stack.items.pop()
        if (taken === undefined) stack.takenBelow++
        else {
          entries--
          chars -= taken.length
        }
        break
      }
      case 'insert':
        if (hasRoom(1, change.text.length)) files.push({ text: change.text, chunks: change.chunks })
        break
    }
  }
  return { cache, stacks, files, entries, chars, isCut }
}

/** The state that `later`'s changes make of `earlier`; at most as large as both. */
export function followedBy(earlier: MemoryState, later: MemoryState): MemoryState {
  const stacks = new Map(earlier.stacks)
  for (const [key, { items, takenBelow }] of later.stacks) {
    const known = earlier.stacks.get(key) ?? noItems
    stacks.set(key, {
      items: [...known.items.slice(0, Math.max(0, known.items.length - takenBelow)), ...items],
      takenBelow: known.takenBelow + Math.max(0, takenBelow - known.items.length),
    })
  }
  return {
    cache: new Map([...earlier.cache, ...later.cache]),
    stacks,
    files: [...earlier.files, ...later.files],
    // At most: an entry that both have counts twice.
    entries: earlier.entries + later.entries,
    chars: earlier.chars + later.chars,
    isCut: earlier.isCut || later.isCut,
  }
}

/** Which parts of a state came about by its last changes. */
export interface Freshness {
  readonly keys: ReadonlySet<string>
  /** By stack: how many of its newest items are new, and how many older ones were taken. */
  readonly stacks: ReadonlyMap<string, { readonly pushed: number; readonly taken: number }>
  /** How many of the newest insertions. */
  readonly files: number
}

export function freshnessOf(changes: readonly MemoryChange[]): Freshness {
  const keys = new Set<string>()
  const stacks = new Map<string, { pushed: number; taken: number }>()
  let files = 0
  for (const change of changes) {
    if (change.type === 'write') keys.add(change.key)
    else if (change.type === 'insert') files++
    else {
      const stack = stacks.get(change.key) ?? { pushed: 0, taken: 0 }
      if (change.type === 'push') stack.pushed++
      else if (stack.pushed > 0) stack.pushed--
      else stack.taken++
      stacks.set(change.key, stack)
    }
  }
  return { keys, stacks, files }
}
