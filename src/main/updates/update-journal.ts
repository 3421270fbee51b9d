import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { RefusedVersion } from '../../protocol/update-views.ts'

/** Versions that are remembered not to be tried again; the oldest goes first. */
const MAX_REFUSED = 20
const MAX_REASON = 2_000

const version = z.string().min(1).max(128)

const pendingSchema = z.object({
  from: version,
  to: version,
  atMs: z.number(),
  /** How often the new version was started. */
  starts: z.int().min(0),
  /** The new version changes the database's form: the previous one cannot read it afterwards. */
  changesSchema: z.boolean(),
  /** The process that watches over it; absent where nobody does. */
  guardPid: z.int().positive().optional(),
  /** When that process began, as `processStart` tells. */
  guardStart: z.string().max(64).optional(),
  /** Written by the new version where it found itself unfit. */
  failure: z.string().max(MAX_REASON).optional(),
})

const refusedSchema = z.object({
  version,
  reason: z.string().max(MAX_REASON),
  atMs: z.number(),
  rolledBack: z.boolean(),
})

const contentSchema = z.object({
  pending: pendingSchema.optional(),
  refused: z.array(refusedSchema).max(MAX_REFUSED).default([]),
  /** Whether the newest of `refused` was not read yet. */
  untold: z.boolean().default(false),
  /** The operator does not want it. */
  skipped: version.optional(),
})

type Content = z.infer<typeof contentSchema>
export type PendingUpdate = z.infer<typeof pendingSchema>

/**
 * What is remembered of updates over restarts, of whichever version. One file, read afresh each time: while an update is under way,
 * it passes from the old version to its guard, to the new version and back, of which one writes at a time.
 */
export class UpdateJournal {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  pending(): PendingUpdate | undefined {
    return this.#read().pending
  }

  begin(pending: PendingUpdate): void {
    this.#write({ ...this.#read(), pending })
  }

  /** Changes the pending update, where there is one. */
  amend(change: Partial<PendingUpdate>): void {
    const content = this.#read()
    if (content.pending === undefined) return
    const failure = change.failure?.slice(0, MAX_REASON)
    const pending = { ...content.pending, ...change, ...(failure !== undefined && { failure }) }
    this.#write({ ...content, pending })
  }

  /** The pending update is over, and well. */
  confirm(): void {
    const { pending: _, ...rest } = this.#read()
    this.#write(rest)
  }

  /** The pending update, if any, is over; that version is not tried again. */
  refuse(refused: RefusedVersion): void {
    const { pending: _, refused: before, ...rest } = this.#read()
    const others = before.filter((each) => each.version !== refused.version)
    this.#write({
      ...rest,
      refused: [...others, { ...refused, reason: refused.reason.slice(0, MAX_REASON) }].slice(-MAX_REFUSED),
      untold: true,
    })
  }

  isRefused(wanted: string): boolean {
    return this.#read().refused.some((each) => each.version === wanted)
  }

  /** The newest refusal, until `told`. */
  untold(): RefusedVersion | undefined {
    const { untold, refused } = this.#read()
    return untold ? refused.at(-1) : undefined
  }

  told(): void {
    this.#write({ ...this.#read(), untold: false })
  }

  skipped(): string | undefined {
    return this.#read().skipped
  }

  skip(skipped: string): void {
    this.#write({ ...this.#read(), skipped })
  }

  /** A damaged or missing file is an empty one: nothing in it is worth keeping a node from starting. */
  #read(): Content {
    try {
      return contentSchema.parse(JSON.parse(readFileSync(this.#path, 'utf8')))
    } catch {
      return { refused: [], untold: false }
    }
  }

  #write(content: Content): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
    const draft = `${this.#path}.${process.pid}`
    writeFileSync(draft, `${JSON.stringify(content)}\n`, { mode: 0o600 })
    renameSync(draft, this.#path)
  }
}
