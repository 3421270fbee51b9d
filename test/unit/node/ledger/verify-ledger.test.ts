import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyLedgerFile } from '../../../../src/node/ledger/verify-ledger.ts'
import { Connection } from '../../../../src/node/store/connection.ts'
import { type LedgerFile, writeLedgerFile } from '../../../helpers/ledger-file.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

/** More by hand: DRIAD_FLIPS=20000. */
const FLIPS = Number(process.env.DRIAD_FLIPS ?? 80)

describe('verifyLedgerFile', () => {
  const folder = tempFolder()
  let original: LedgerFile
  let bytes: Buffer
  // A file of its own each time: SQLite leaves a write-ahead log beside the one before.
  let copies = 0
  let path = ''

  beforeAll(async () => {
    original = await writeLedgerFile(folder.file('driad.sqlite'), 20)
    bytes = readFileSync(original.path)
  })
  afterAll(() => folder[Symbol.dispose]())

  function write(content: Uint8Array | string): void {
    path = folder.file(`copy-${copies++}.sqlite`)
    writeFileSync(path, content)
  }
  const verify = () =>
    verifyLedgerFile({ path, anchorPath: original.anchorPath, publicKey: original.publicKey })

  async function verifyWith(change: (copy: Buffer) => void) {
    const copy = Buffer.from(bytes)
    change(copy)
    write(copy)
    return verify()
  }

  /** What a person with a database tool could do. */
  async function verifyAfter(sql: string) {
    write(bytes)
    const db = new Connection({ path, busyTimeoutMs: 0 })
    db.exec(sql)
    db.close()
    return verify()
  }

  it('finds nothing wrong with what is right', async () => {
    expect(await verifyWith(() => undefined)).toEqual({ ok: true, entries: 20, problems: [] })
  })

  it('names the entry for a byte changed anywhere in its fields', async () => {
    for (const entry of original.entries) {
      const { receipt, outcome } = entry
      const fields = [receipt.payload, receipt.signature, outcome.payload.subarray(-40), outcome.signature]
      for (const [i, field] of fields.entries()) {
        const at = bytes.indexOf(field)
        expect(at, `field ${i} of entry ${entry.seq}`).toBeGreaterThan(0)
        const offset = (entry.seq * 7 + i) % field.byteLength
        const found = await verifyWith((copy) => {
          copy[at + offset] = (copy[at + offset] ?? 0) ^ 0xff
        })
        expect(found.ok).toBe(false)
        expect(found.problems.map((problem) => problem.seq)).toContain(entry.seq)
      }
    }
  })

  it('fails for a flipped bit anywhere, unless it was in unused space', { timeout: 3_600_000 }, async () => {
    write(bytes)
    const before = allRows(path)
    const pages = pagesOf(path, ['ledger', 'ledger_task', 'ledger_sums', 'node_tasks', 'requests'])
    const missed: string[] = []
    let failed = 0
    for (let i = 0; i < FLIPS; i++) {
      // Most of them where it matters; every fourth just anywhere.
      const page = pages[i % pages.length] ?? 0
      const at = i % 4 === 0 ? random(bytes.length) : page * 4096 + random(4096)
      const bit = 1 << random(8)
      const found = await verifyWith((copy) => {
        copy[at] = (copy[at] ?? 0) ^ bit
      })
      if (!found.ok) failed++
      else if (allRows(path) !== before) missed.push(`bit ${bit} of byte ${at}`)
      rmSync(path)
    }
    expect(missed).toEqual([])
    expect(failed).toBeGreaterThan(FLIPS / 4)
  })

  const unguarded = 'DROP TRIGGER ledger_no_update; DROP TRIGGER ledger_no_delete;'

  it.each([
    ['an amount', 'UPDATE ledger SET amount_micro = amount_micro * 10 WHERE seq = 7', 7],
    ['a direction', "UPDATE ledger SET direction = 'credit' WHERE seq = 4", 4],
    ['a time', 'UPDATE ledger SET created_at_ms = created_at_ms + 1 WHERE seq = 9', 9],
    ['an entry removed', 'DELETE FROM ledger WHERE seq = 5', 5],
    ['the last entry removed', 'DELETE FROM ledger WHERE seq = 20', 20],
    [
      'entries renumbered',
      'DELETE FROM ledger WHERE seq = 3; UPDATE ledger SET seq = seq - 1 WHERE seq > 3',
      3,
    ],
    [
      'a column of another type',
      "PRAGMA writable_schema = ON; UPDATE ledger SET model = 'other' WHERE seq = 2",
      2,
    ],
    ['the task that was paid for', "UPDATE node_tasks SET outcome_payload = x'00' WHERE seq = 1", 1],
    [
      'the words that were asked for',
      `UPDATE node_tasks SET assignment_payload =
         CAST(replace(CAST(assignment_payload AS TEXT), 'story', 'storm') AS BLOB) WHERE seq = 2`,
      2,
    ],
    ['who asked for it', 'UPDATE node_tasks SET requester = contact_addresses WHERE seq = 1', 1],
    ['what the task brought', 'UPDATE node_tasks SET amount_micro = amount_micro + 1 WHERE seq = 3', 3],
    ['what was paid for it', 'UPDATE requests SET amount_micro = amount_micro - 1 WHERE seq = 1', 4],
    ['the receipt that was sent', "UPDATE requests SET receipt_payload = x'00' WHERE seq = 2", 8],
    ['its signature', 'UPDATE requests SET receipt_signature = outcome_signature WHERE seq = 2', 8],
    ['a task forgotten', 'DELETE FROM node_tasks WHERE seq = 2', 2],
  ])('notices %s', async (_name, sql, seq) => {
    const found = await verifyAfter(`${unguarded} ${sql}`)
    expect(found.ok).toBe(false)
    expect(found.problems.map((problem) => problem.seq)).toContain(seq)
  })

  it('notices that the guards are gone, though no entry was touched', async () => {
    const found = await verifyAfter(unguarded)
    expect(found.problems.map((problem) => problem.message)).toEqual([
      'The definition of ledger_no_update is missing or was changed',
      'The definition of ledger_no_delete is missing or was changed',
    ])
  })

  it('answers with a problem for what cannot be opened', async () => {
    path = folder.file('missing.sqlite')
    expect(await verify()).toMatchObject({
      ok: false,
      entries: 0,
      problems: [{ message: /There is no database/ }],
    })
    write('nonsense'.repeat(1000))
    expect(await verify()).toMatchObject({ ok: false, entries: 0, problems: [{ message: /not a database/ }] })
    write('')
    expect((await verify()).ok).toBe(false)
    write(bytes.subarray(0, 8 * 4096 + 100))
    expect((await verify()).ok).toBe(false)
  })

  it('answers whose key it is not', async () => {
    write(bytes)
    const found = await verifyLedgerFile({
      path,
      anchorPath: original.anchorPath,
      publicKey: new Uint8Array(32).fill(1),
    })
    expect(found.problems).toHaveLength(20)
  })

  it('stops when asked to', async () => {
    write(bytes)
    const reason = new Error('never mind')
    const init = { path, anchorPath: original.anchorPath, publicKey: original.publicKey }
    await expect(verifyLedgerFile(init, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

/** Every row that the ledger is about, as one text; what went wrong where that cannot be read. */
function allRows(path: string): string {
  const db = new Connection({ path, readOnly: true, busyTimeoutMs: 0 })
  try {
    const tables = [
      db.all('SELECT * FROM ledger ORDER BY seq'),
      db.all(`SELECT task_id, requester, amount_micro, outcome_payload, outcome_signature, assignment_payload,
                     assignment_signature FROM node_tasks ORDER BY seq`),
      db.all(`SELECT task_id, amount_micro, outcome_payload, outcome_signature, receipt_payload, receipt_signature
              FROM requests ORDER BY seq`),
    ]
    return JSON.stringify(tables, (_key, value: unknown) => {
      if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
      return typeof value === 'bigint' ? String(value) : value
    })
  } catch (error) {
    return String(error)
  } finally {
    db.close()
  }
}

/** Numbers, from 0, of the pages that hold these tables and indexes. */
function pagesOf(path: string, names: readonly string[]): number[] {
  const db = new Connection({ path, readOnly: true, busyTimeoutMs: 0 })
  const rows = db.all<{ pageno: number; name: string }>('SELECT pageno, name FROM dbstat')
  db.close()
  return rows.filter((row) => names.includes(row.name)).map((row) => row.pageno - 1)
}

function random(below: number): number {
  return Math.floor(Math.random() * below)
}
