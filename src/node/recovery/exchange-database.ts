import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { RecoveryNoteView } from '../../protocol/recovery-views.ts'
import { forgetKilledUsers, newDatabasePath } from '../store/database-users.ts'
import { syncFile } from './backup-files.ts'
import { noteSchema, type RecoveryNotes } from './recovery-notes.ts'
import { writeWhole } from './write-whole.ts'

const planSchema = z.object({ draftPath: z.string(), keptFolder: z.string(), note: noteSchema })

/**
 * Puts a new database in the place of the old one, which goes to `keptFolder`. Once this has begun, `finishExchange` ends it
 * wherever it was interrupted: there is never neither, and what happened is never forgotten.
 */
export async function exchangeDatabase(init: {
  readonly databasePath: string
  /** Whole, on the same disk. */
  readonly draftPath: string
  readonly keptFolder: string
  readonly note: RecoveryNoteView
  readonly notes: RecoveryNotes
}): Promise<void> {
  const { databasePath, draftPath, keptFolder, note, notes } = init
  await syncFile(draftPath)
  writeWhole(planPath(databasePath), JSON.stringify({ draftPath, keptFolder, note }))
  renameSync(draftPath, newDatabasePath(databasePath))
  await syncFile(dirname(databasePath))
  await finishExchange(databasePath, notes)
}

/** Ends an exchange that was interrupted. Does nothing where none was. */
export async function finishExchange(databasePath: string, notes: RecoveryNotes): Promise<void> {
  const plan = readPlan(databasePath)
  const fresh = newDatabasePath(databasePath)
  if (plan === undefined || existsSync(plan.draftPath)) {
    // The plan is on the disk before the new database has its name: nothing was exchanged yet.
    rmSync(fresh, { force: true })
    rmSync(planPath(databasePath), { force: true })
    return
  }
  if (existsSync(fresh)) {
    mkdirSync(plan.keptFolder, { recursive: true, mode: 0o700 })
    for (const suffix of ['-shm', '-wal', '']) {
      const old = `${databasePath}${suffix}`
      if (existsSync(old)) renameSync(old, join(plan.keptFolder, `driad.sqlite${suffix}`))
    }
    renameSync(fresh, databasePath)
    await syncFile(dirname(databasePath))
  }
  notes.add(plan.note)
  forgetKilledUsers(databasePath)
  rmSync(planPath(databasePath), { force: true })
}

function planPath(databasePath: string): string {
  return `${newDatabasePath(databasePath)}.json`
}

function readPlan(databasePath: string): z.output<typeof planSchema> | undefined {
  try {
    return planSchema.parse(JSON.parse(readFileSync(planPath(databasePath), 'utf8')))
  } catch {
    return undefined
  }
}
