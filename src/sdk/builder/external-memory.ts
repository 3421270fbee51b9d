import type { Json } from './file-parts.ts'

/** What a workflow's memory holds at first: a list is a stack, its first item the oldest; anything else a cache entry. */
export type ExternalMemory = Readonly<Record<string, Json | undefined>>
