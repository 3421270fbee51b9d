import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DataFolder, openDataFolder } from '../../../../src/node/data-folder.ts'
import type { LedgerVerification } from '../../../../src/node/ledger/contract.ts'
import { verifyLedgerFile } from '../../../../src/node/ledger/verify-ledger.ts'
import { makeBackup } from '../../../../src/node/recovery/backup-files.ts'
import { findDamage } from '../../../../src/node/recovery/find-damage.ts'
import { notesOf, recoverDatabase } from '../../../../src/node/recovery/recover-database.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import type { RecoveryLoss, RecoveryNoteView } from '../../../../src/protocol/recovery-views.ts'
import { type DamageName, damages, seeded } from '../../../helpers/damage.ts'
import { type LedgerFile, writeLedgerFile } from '../../../helpers/ledger-file.ts'
import { recordingLogger } from '../../../helpers/recording-logger.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const ENTRIES = 60
const { logger } = recordingLogger()

/** Data folders with 60 entries: one without a backup, one with a backup of the first 40. */
let place: ReturnType<typeof tempFolder>
let bare: LedgerFile
let backed: LedgerFile

beforeAll(async () => {
  place = tempFolder()
  bare = await writeLedgerFile(openDataFolder(place.file('bare')).databasePath, ENTRIES)
  backed = await folderWithBackup(place.file('backed'))
}, 60_000)
afterAll(() => place[Symbol.dispose]())

describe('recoverDatabase', () => {
  it('leaves alone what is whole', async () => {
    using copy = copyOf(backed)
    const before = readFileSync(copy.folder.databasePath)
    await recover(copy)
    expect(readFileSync(copy.folder.databasePath).equals(before)).toBe(true)
    expect(copy.notes()).toEqual([])
  })

  for (const name of Object.keys(damages) as DamageName[]) {
    it(`gets over ${name} and says exactly what is lost`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.boolean(), async (seed, withBackup) => {
          const source = withBackup ? backed : bare
          using copy = copyOf(source)
          damages[name](copy.folder.databasePath, seeded(seed))
          const isDamaged = (await damageOf(copy)) !== undefined
          await recover(copy)
          expect(await damageOf(copy)).toBeUndefined()
          const verified = await copy.verify()
          expect(verified.problems).toEqual([])
          const [note] = copy.notes()
          if (!isDamaged) {
            expect(note).toBeUndefined()
            return
          }
          expectExactly(note, copy, source, verified)
        }),
        { numRuns: 12 },
      )
    }, 300_000)
  }
})

/** What the note says of the ledger and of tasks is what is not there. */
function expectExactly(
  note: RecoveryNoteView | undefined,
  copy: Copy,
  source: LedgerFile,
  verified: LedgerVerification,
): void {
  if (note === undefined) throw new Error('Nothing was said')
  const rows = rowsOf(copy.folder.databasePath)
  const lost = source.entries.map(({ seq }) => seq).filter((seq) => !rows.entries.includes(seq))
  expect(seqsOf(note.lost, 'entries')).toEqual(lost)
  expect(seqsOf(verified.lost ?? [], 'entries')).toEqual(lost)
  expect(verified.entries).toBe(ENTRIES - lost.length)
  for (const [table, direction] of [
    ['node_tasks', 'credit'],
    ['requests', 'debit'],
  ] as const) {
    const all = source.entries.filter((entry) => entry.direction === direction).map(({ taskId }) => taskId)
    const gone = all.filter((taskId) => !rows[table].includes(taskId)).length
    const said = note.lost.find((loss) => loss.what === 'rows' && loss.table === table)
    const count = said?.what === 'rows' ? said.lost : 0
    if (count !== null) expect(count).toBe(gone)
    if (gone > 0) expect(said).toBeDefined()
  }
  if (note.keptPath !== undefined) expect(existsSync(join(note.keptPath, 'driad.sqlite'))).toBe(true)
}

function seqsOf(
  losses: readonly (RecoveryLoss | { what: 'tasks'; from: number; to: number })[],
  what: 'entries',
): number[] {
  return losses.flatMap((loss) =>
    loss.what === what ? Array.from({ length: loss.to - loss.from + 1 }, (_, i) => loss.from + i) : [],
  )
}

interface Copy {
  readonly folder: DataFolder
  readonly publicKey: Uint8Array
  notes(): RecoveryNoteView[]
  verify(): Promise<LedgerVerification>
  [Symbol.dispose](): void
}

function copyOf(source: LedgerFile): Copy {
  const temporary = tempFolder()
  cpSync(join(source.path, '..'), temporary.path, { recursive: true })
  const folder = openDataFolder(temporary.path)
  return {
    folder,
    publicKey: source.publicKey,
    notes: () => notesOf(folder).list(),
    verify: () =>
      verifyLedgerFile({
        path: folder.databasePath,
        anchorPath: folder.ledgerAnchorPath,
        publicKey: source.publicKey,
      }),
    [Symbol.dispose]: () => temporary[Symbol.dispose](),
  }
}

function recover({ folder, publicKey }: Copy): Promise<void> {
  return recoverDatabase({ folder, publicKey, logger, depth: 'thorough' })
}

async function damageOf({ folder, publicKey }: Copy): Promise<string | undefined> {
  if (!existsSync(folder.databasePath) || readFileSync(folder.databasePath).byteLength === 0) return 'missing'
  return await findDamage({ path: folder.databasePath, publicKey, depth: 'thorough' })
}

function rowsOf(path: string) {
  const store = openStore({ path, readOnly: true })
  const ids = (table: string) =>
    store.all<{ task_id: string }>(`SELECT task_id FROM ${table}`).map(({ task_id }) => task_id)
  const entries = store.all<{ seq: number }>('SELECT seq FROM ledger ORDER BY seq').map(({ seq }) => seq)
  const found = { entries, node_tasks: ids('node_tasks'), requests: ids('requests') }
  void store.close()
  return found
}

/** A backup in the middle of its life: the ledger went on afterwards. */
async function folderWithBackup(path: string): Promise<LedgerFile> {
  const folder = openDataFolder(path)
  const file = await writeLedgerFile(folder.databasePath, ENTRIES, {
    onEntry: async (seq, publicKey) => {
      if (seq === 40) await makeBackup({ ...folder, publicKey, nowMs: Date.parse('2031-04-09T12:00:00Z') })
    },
  })
  expect(readdirSync(folder.backupsFolder)).toHaveLength(1)
  return file
}
