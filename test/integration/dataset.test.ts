import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { expect, it } from 'vitest'
import { runTypeScript } from '../helpers/run-typescript.ts'
import { makeTestNetwork } from '../helpers/test-network.ts'

const ROWS = 1000
/** Rows that are there when the program is killed, each time. */
const KILLS = [150, 500]

it('makes 1,000 rows with two nodes, interrupted and taken up, none twice', async () => {
  await using network = makeTestNetwork()
  const nodes = [await network.node('a'), await network.node('b')]
  const folder = join(network.folder.path, 'dataset')
  const start = () =>
    runTypeScript('test/helpers/dataset.program.ts', [
      network.folder.dataDir('requester'),
      folder,
      network.name,
      String(ROWS),
      ...nodes.flatMap(({ addresses }) => addresses),
    ])

  for (const at of KILLS) {
    const killed = start()
    for await (const line of killed.lines) {
      if (JSON.parse(line).done >= at) killed.child.kill('SIGKILL')
    }
    expect(await killed.ended).toBe('SIGKILL')
  }
  const last = start()
  let summary: Record<string, unknown> = {}
  for await (const line of last.lines) summary = JSON.parse(line).summary ?? summary
  expect(summary).toMatchObject({ done: ROWS, failed: 0, total: ROWS })
  expect(summary['resumed']).toBeGreaterThanOrEqual(KILLS.at(-1) ?? 0)

  const expected = Array.from({ length: ROWS }, (_, number) => number)
  const lines = readFileSync(join(folder, 'rows.jsonl'), 'utf8').trim().split('\n')
  const rows = lines.map((line) => JSON.parse(line) as { number: number; answer: string })
  expect(rows.map(({ number }) => number)).toEqual(expected)
  expect(rows.every(({ answer }) => answer.length > 0)).toBe(true)
  const parquet = await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, 'rows.parquet')) })
  expect(parquet.map(({ number, answer }) => ({ number: Number(number), answer }))).toEqual(rows)
  expect(readFileSync(join(folder, 'rows.csv'), 'utf8').startsWith('number,answer\n0,')).toBe(true)

  // Paid once for each row: as many debits as rows, and as many as tasks were written down.
  const ledger = await network.ledgerOf('requester')
  expect(ledger.entries).toHaveLength(ROWS)
  expect(new Set(ledger.entries.map(({ taskId }) => taskId)).size).toBe(ROWS)
  const journal = readFileSync(join(folder, 'journal.jsonl'), 'utf8').trim().split('\n')
  const made = journal.map((line) => JSON.parse(line) as { type: string; taskId?: string })
  expect(made.filter(({ type }) => type === 'done')).toHaveLength(ROWS)
  const tasks = made.filter(({ type }) => type === 'task').map(({ taskId }) => taskId)
  expect(new Set(ledger.entries.map(({ taskId }) => taskId))).toEqual(new Set(tasks))
}, 240_000)
