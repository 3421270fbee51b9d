import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { z } from 'zod'
import { DriadError } from '../../protocol/errors.ts'

/** The ledger's head as last known, kept outside of the database: a database that lost its tail is behind it. */
export interface Anchor {
  readonly seq: number
  readonly hash: string
}

const anchorSchema = z.object({
  seq: z.int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of both: a flipped bit in the number would otherwise name entries that never were. Absent in older files. */
  check: z.string().optional(),
})

/** Undefined if there is none. Throws `ledger_invalid` if there is a file that cannot be read as one. */
export function readAnchor(path: string): Anchor | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new DriadError('ledger_invalid', `The ledger's anchor ${path} cannot be read`, { cause })
  }
  try {
    const { check, ...anchor } = anchorSchema.parse(JSON.parse(text))
    if (check !== undefined && check !== checkOf(anchor)) throw new Error('its check does not fit')
    return anchor
  } catch (cause) {
    throw new DriadError('ledger_invalid', `The ledger's anchor ${path} is damaged`, { cause })
  }
}

/** What the file of an anchor says. */
function anchorText(anchor: Anchor): string {
  return `${JSON.stringify({ ...anchor, check: checkOf(anchor) })}\n`
}

function checkOf({ seq, hash }: Anchor): string {
  return createHash('sha256').update(`driad/1/ledger-anchor\n${seq} ${hash}`).digest('hex').slice(0, 16)
}

/**
 * Moves the anchor file forward, never back. Writes are coalesced: the anchor may be behind the database, which
 * costs nothing but the protection of the newest entries for that moment.
 */
export class AnchorWriter {
  readonly #path: string
  readonly #intervalMs: number
  readonly #onError: (error: unknown) => void
  #next: Anchor | undefined
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(init: { path: string; intervalMs?: number; onError: (error: unknown) => void }) {
    this.#path = init.path
    this.#intervalMs = init.intervalMs ?? 200
    this.#onError = init.onError
  }

  advance(anchor: Anchor): void {
    if (this.#next !== undefined && this.#next.seq >= anchor.seq) return
    this.#next = anchor
    this.#timer ??= setTimeout(() => void this.flush(), this.#intervalMs)
    this.#timer.unref()
  }

  /** Resolves when everything given to `advance` is in the file. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write()).catch(this.#onError)
    return this.#writing
  }

  async #write(): Promise<void> {
    const anchor = this.#next
    if (anchor === undefined) return
    this.#next = undefined
    // Another process of this data folder may be ahead of us.
    const current = readAnchor(this.#path)
    if (current !== undefined && current.seq >= anchor.seq) return
    const draft = `${this.#path}.${process.pid}`
    try {
      const file = await open(draft, 'w', 0o600)
      try {
        await file.writeFile(anchorText(anchor))
        // Or a power cut could leave the new name with no content, which would look like damage.
        await file.datasync()
      } finally {
        await file.close()
      }
      await rename(draft, this.#path)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
  }
}
