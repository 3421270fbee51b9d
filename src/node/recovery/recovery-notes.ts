import { readFileSync, renameSync } from 'node:fs'
import { z } from 'zod'
import { type RecoveryNoteView, recoverySubjects } from '../../protocol/recovery-views.ts'
import { damageFolder, freeName } from './kept-damage.ts'
import { writeWhole } from './write-whole.ts'

/** Notes that are kept, the newest ones. */
const KEPT_NOTES = 20

const lossSchema = z.discriminatedUnion('what', [
  z.object({ what: z.literal('entries'), from: z.int(), to: z.int() }),
  z.object({ what: z.literal('commits'), count: z.int().nullable() }),
  z.object({ what: z.literal('proofs'), count: z.int() }),
  z.object({ what: z.literal('rows'), table: z.string(), lost: z.int().nullable(), fromCopy: z.int() }),
  z.object({ what: z.literal('setting'), key: z.string(), from: z.enum(['copy', 'default']) }),
])

export const noteSchema = z.object({
  id: z.string(),
  atMs: z.number(),
  subject: z.enum(recoverySubjects),
  reason: z.string(),
  copyAtMs: z.number().optional(),
  lost: z.array(lossSchema),
  keptPath: z.string().optional(),
  dismissed: z.boolean(),
})

const fileSchema = z.object({ notes: z.array(noteSchema) })

/** What was mended, in a file of its own: the database may be what it speaks of. */
export class RecoveryNotes {
  readonly #path: string
  readonly #damagedFolder: string

  constructor(init: { readonly path: string; readonly damagedFolder: string }) {
    this.#path = init.path
    this.#damagedFolder = init.damagedFolder
  }

  /** Newest first. None where the file cannot be read. */
  list(): RecoveryNoteView[] {
    try {
      return fileSchema.parse(JSON.parse(readFileSync(this.#path, 'utf8'))).notes
    } catch {
      return []
    }
  }

  /** Adds one; the same one again changes nothing. */
  add(note: RecoveryNoteView): void {
    this.#setAsideDamaged(note.atMs)
    const notes = this.list()
    if (notes.some(({ id }) => id === note.id)) return
    this.#write([note, ...notes])
  }

  /** Shows it no more; it stays in the file. */
  dismiss(id: string): void {
    this.#write(this.list().map((note) => (note.id === id ? { ...note, dismissed: true } : note)))
  }

  #write(notes: readonly RecoveryNoteView[]): void {
    writeWhole(this.#path, `${JSON.stringify({ notes: notes.slice(0, KEPT_NOTES) }, null, 2)}\n`)
  }

  /** Before it is written over. */
  #setAsideDamaged(nowMs: number): void {
    let text: string
    try {
      text = readFileSync(this.#path, 'utf8')
    } catch {
      return
    }
    try {
      fileSchema.parse(JSON.parse(text))
    } catch {
      renameSync(this.#path, freeName(damageFolder(this.#damagedFolder, nowMs), 'recovery.json'))
    }
  }
}
