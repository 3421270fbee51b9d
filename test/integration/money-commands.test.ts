import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDataFolder } from '../../src/node/data-folder.ts'
import { loadOrCreateIdentity } from '../../src/node/identity/load-identity.ts'
import { driad, makeTestFolder } from '../helpers/driad-process.ts'
import { closeBooks, openBooks, payTask } from '../helpers/ledger-pair.ts'

/** Two data folders with real identities, whose books agree but for one receipt that the node never got. */
async function writeFolders(nodeDir: string, payerDir: string) {
  const open = async (dir: string) => {
    const folder = openDataFolder(dir)
    const identity = await loadOrCreateIdentity({ dir: folder.path })
    return {
      books: openBooks(folder.databasePath, folder.ledgerAnchorPath, identity),
      peerId: identity.peerId,
    }
  }
  const node = await open(nodeDir)
  const payer = await open(payerDir)
  await payTask(payer.books, node.books, 1_500_000n)
  await payTask(payer.books, node.books, 250_000n)
  for (const { books } of [node, payer]) await closeBooks(books)
  return { node: node.peerId, payer: payer.peerId }
}

describe('the commands about money', () => {
  const folder = makeTestFolder()
  const nodeDir = folder.dataDir('node')
  const payerDir = folder.dataDir('payer')
  const file = (name: string) => join(folder.path, name)
  let ids: { node: string; payer: string }

  beforeAll(async () => {
    ids = await writeFolders(nodeDir, payerDir)
  })
  afterAll(() => folder[Symbol.dispose]())

  async function run<T = Record<string, unknown>>(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const result = await driad([...args, '--json'], { env })
    return { code: result.code, value: result.json<T>()[0], stderr: result.stderr }
  }

  it('export what a machine verifies that has no data folder, and compare two sides', async () => {
    for (const [dir, name] of [
      [nodeDir, 'node.bundle'],
      [payerDir, 'payer.bundle'],
    ] as const) {
      const exported = await run([
        'ledger',
        'export',
        '--format',
        'bundle',
        '--data-dir',
        dir,
        '--out',
        file(name),
      ])
      expect(exported.code, exported.stderr).toBe(0)
    }
    // A home that is a file: any data folder would fail.
    writeFileSync(file('home'), '')
    const bare = { HOME: file('home'), XDG_DATA_HOME: file('home'), DRIAD_DATA_DIR: file('home') }
    const verified = await run(['ledger', 'verify', file('node.bundle')], bare)
    expect(verified).toMatchObject({ code: 0, value: { ok: true, entries: 2, peerId: ids.node } })
    const compared = await run(['ledger', 'verify', file('node.bundle'), file('payer.bundle')], bare)
    expect(compared).toMatchObject({
      code: 0,
      value: {
        ok: true,
        mismatches: [],
        sums: [
          { payer: ids.payer, payee: ids.node, debitMicro: 1_750_000, creditMicro: 1_750_000, tasks: 2 },
        ],
      },
    })
    const lines = readFileSync(file('node.bundle'), 'utf8').split('\n')
    writeFileSync(file('cut.bundle'), lines.slice(0, 2).join('\n'))
    const cut = await run<{ mismatches: unknown[] }>(
      ['ledger', 'verify', file('cut.bundle'), file('payer.bundle')],
      bare,
    )
    expect(cut.code).toBe(1)
    expect(cut.value?.mismatches).toHaveLength(1)
  })

  it('export a valid bundle of a folder in which nothing ever happened', async () => {
    const empty = folder.dataDir('empty')
    mkdirSync(empty)
    const out = file('empty.bundle')
    expect(
      await run(['ledger', 'export', '--format', 'bundle', '--data-dir', empty, '--out', out]),
    ).toMatchObject({ code: 0 })
    expect(existsSync(join(empty, 'driad.sqlite'))).toBe(false)
    expect(await run(['ledger', 'verify', '--data-dir', empty])).toMatchObject({
      code: 0,
      value: { ok: true, entries: 0 },
    })
    expect(await run(['ledger', 'verify', out])).toMatchObject({ code: 0, value: { ok: true, entries: 0 } })
    const csv = await driad(['ledger', 'export', '--format', 'csv', '--data-dir', empty])
    expect(csv.stdout.split('\n')).toHaveLength(2)
  })

  it('state, confirm and settle, each side from its own folder', async () => {
    const statement = file('owed.statement.jsonl')
    const settlement = file('paid.settlement.json')
    await run(['settings', 'set', 'payoutAddress', 'iban-xx00', '--data-dir', nodeDir])
    const state = ['ledger', 'statement', '--requester', ids.payer, '--data-dir', nodeDir, '--out', statement]
    expect(await run(state)).toMatchObject({ code: 0, value: { entries: 2, totalMicro: 1_750_000 } })
    expect(await run(['ledger', 'verify', statement])).toMatchObject({
      code: 0,
      value: { ok: true, entries: 2, node: ids.node, requester: ids.payer },
    })
    expect(readFileSync(statement, 'utf8')).toContain('"payoutAddress":"iban-xx00"')
    const confirm = [
      'ledger',
      'confirm',
      statement,
      '--reference',
      'transfer 1',
      '--data-dir',
      payerDir,
      '--out',
      settlement,
    ]
    expect(await run(confirm)).toMatchObject({ code: 0 })
    expect(await run(['ledger', 'verify', settlement])).toMatchObject({
      code: 0,
      value: { ok: true, reference: 'transfer 1' },
    })
    const settle = ['ledger', 'settle', settlement, '--data-dir', nodeDir]
    const mistaken = await driad(['ledger', 'settle', statement, '--data-dir', nodeDir])
    expect([mistaken.code, mistaken.stderr]).toEqual([
      2,
      expect.stringContaining('is a statement, not a settlement'),
    ])
    expect(await run(settle)).toMatchObject({ code: 0, value: { isNew: true, entries: 2 } })
    expect(await run(settle)).toMatchObject({ code: 0, value: { isNew: false } })
    for (const dir of [nodeDir, payerDir]) {
      const list = await run<{ entries: { state: string }[] }>(['ledger', 'list', '--data-dir', dir])
      expect(list.value?.entries.map((entry) => entry.state)).toEqual(['settled', 'settled'])
      expect(await run(['ledger', 'verify', '--data-dir', dir])).toMatchObject({
        code: 0,
        value: { ok: true },
      })
    }
    expect((await run(state)).code).toBe(2) // nothing is owed any more
    expect((await run(state.with(3, 'nobody'))).code).toBe(2)
    const listed = await run<{ statements: unknown[] }>(['ledger', 'statements', '--data-dir', nodeDir])
    expect(listed.value?.statements).toMatchObject([{ counterparty: ids.payer, reference: 'transfer 1' }])
    const csv = await driad(['ledger', 'export', '--format', 'csv', '--data-dir', nodeDir])
    expect(csv.stdout.match(/,settled,/g)).toHaveLength(2)
  })

  it('show and check settings, and say where the node is paid', async () => {
    const set = (name: string, value: string) => run(['settings', 'set', name, value, '--data-dir', nodeDir])
    expect(await set('unpaidStartMicro', '123')).toMatchObject({ code: 0, value: { unpaidStartMicro: 123 } })
    expect(await set('statementDays', '7')).toMatchObject({ code: 0, value: { statementDays: 7 } })
    for (const [name, value] of [
      ['unpaidStartMicro', '-1'],
      ['unpaidMaxMicro', 'much'],
      ['payoutAddress', 'with a space'],
      ['payoutAddress', '0x1234'],
      ['statementDays', '1.5'],
      ['nothing', '1'],
    ] as const) {
      expect((await set(name, value)).code, `${name} ${value}`).toBe(2)
    }
    const address = `0x${'aB'.repeat(20)}`
    expect(await set('payoutAddress', address)).toMatchObject({ code: 0 })
    expect(await run(['identity', '--data-dir', nodeDir])).toMatchObject({
      value: { peerId: ids.node, payoutAddress: address },
    })
    expect(await run(['settings', 'list', '--data-dir', nodeDir])).toMatchObject({
      value: { payoutAddress: address, unpaidStartMicro: 123 },
    })
  })
})
