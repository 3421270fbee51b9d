import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Connection, isMoneyColumn } from '../../../../src/node/store/connection.ts'
import { countParameters } from '../../../../src/node/store/statement-text.ts'

describe('Connection', () => {
  let db: Connection
  beforeEach(() => {
    db = new Connection({ path: ':memory:', busyTimeoutMs: 0 })
    db.exec(
      'CREATE TABLE t (a INTEGER PRIMARY KEY, text TEXT, bytes BLOB, ratio REAL, amount_micro INTEGER, n INTEGER)',
    )
  })
  afterEach(() => db.close())

  const insert = (...values: unknown[]) =>
    db.run(
      'INSERT INTO t (text, bytes, ratio, amount_micro, n) VALUES (?, ?, ?, ?, ?)',
      ...(values as never[]),
    )

  it('gives back what it was given, money as bigint and other integers as numbers', () => {
    insert('naïve ☕ 𝄞', new Uint8Array([0, 255]), 2.5, 9_007_199_254_740_993n, 42)
    const row = db.get('SELECT * FROM t')
    expect(row).toEqual({
      a: 1,
      text: 'naïve ☕ 𝄞',
      bytes: new Uint8Array([0, 255]),
      ratio: 2.5,
      amount_micro: 9_007_199_254_740_993n,
      n: 42,
    })
  })

  it('keeps text whole that has a NUL in it, which libsql alone cuts there', () => {
    insert('before\0after', null, null, null, null)
    expect(db.get('SELECT text FROM t')).toEqual({ text: 'before\0after' })
  })

  it('tells empty text, empty bytes and NULL apart', () => {
    insert('', new Uint8Array(), null, null, null)
    expect(db.get('SELECT text, bytes, n FROM t')).toEqual({ text: '', bytes: new Uint8Array(), n: null })
  })

  it.each([
    [true, /boolean; use 0 or 1/],
    [undefined, /undefined; use null/],
    [Number.NaN, /NaN/],
    [Number.POSITIVE_INFINITY, /Infinity/],
    [2 ** 53, /use a bigint/],
    [2n ** 63n, /64 bits/],
    [{}, /an object/],
    [new Date(), /an object/],
    [[1], /an object/],
  ])('refuses %s before libsql sees it', (value, message) => {
    expect(() => insert(null, null, null, null, value)).toThrow(message)
    expect(db.get('SELECT COUNT(*) AS rows FROM t')).toEqual({ rows: 0 })
  })

  it('refuses a wrong number of values, which libsql would fill from the call before', () => {
    expect(db.get('SELECT ? AS x, ? AS y', 1, 2)).toEqual({ x: 1, y: 2 })
    expect(() => db.get('SELECT ? AS x, ? AS y', 3)).toThrow('2 values are needed, 1 were given')
    expect(() => db.run('DELETE FROM t', 1)).toThrow('0 values are needed, 1 were given')
  })

  it('answers store_corrupt for text that is no UTF-8, where libsql alone aborts the process', () => {
    db.exec("INSERT INTO t (text) VALUES (CAST(x'41ff42' AS TEXT))")
    expect(() => db.get('SELECT text FROM t')).toThrow(expect.objectContaining({ code: 'store_corrupt' }))
    expect(db.get('SELECT length(text) > 0 AS present FROM t')).toEqual({ present: 1 })
  })

  it('answers store_corrupt for a number beyond 2^53 in a column that is not money', () => {
    insert(null, null, null, null, 2n ** 60n)
    expect(() => db.get('SELECT n FROM t')).toThrow(expect.objectContaining({ code: 'store_corrupt' }))
  })

  it('keeps the order of rows, of every kind of query', () => {
    for (const n of [3, 1, 2]) insert(`t${n}`, null, null, null, n)
    const order = (sql: string) => db.all<{ n: number }>(sql).map((row) => row.n)
    expect(order('SELECT n FROM t ORDER BY n DESC')).toEqual([3, 2, 1])
    expect(order('SELECT n FROM t ORDER BY text LIMIT 2;')).toEqual([1, 2])
    expect(order('WITH c AS (SELECT n FROM t) SELECT n FROM c ORDER BY n')).toEqual([1, 2, 3])
    expect(order('SELECT n FROM t WHERE n > 2 UNION ALL SELECT n FROM t WHERE n < 2 ORDER BY n')).toEqual([
      1, 3,
    ])
    expect(order('-- why\nSELECT MAX(n) AS n FROM t GROUP BY text ORDER BY text DESC')).toEqual([3, 2, 1])
  })

  it('refuses queries whose rows could not be told by name or read safely', () => {
    expect(() => db.get('SELECT 1 AS x, 2 AS x')).toThrow('same name')
    expect(() => db.get('INSERT INTO t (n) VALUES (1) RETURNING a')).toThrow('from a SELECT')
    expect(() => db.get('SELECT ?1 AS x', 1)).toThrow('plain ?')
    expect(() => db.get('SELECT :name AS x', 1)).toThrow('plain ?')
  })

  it('says no after close, where libsql goes on', () => {
    db.get('SELECT 1 AS one')
    db.close()
    db.close()
    expect(() => db.get('SELECT 1 AS one')).toThrow(expect.objectContaining({ code: 'stopping' }))
    expect(() => insert(null, null, null, null, null)).toThrow(expect.objectContaining({ code: 'stopping' }))
  })

  it('commits on the thread of libsql, through the handle that both of its classes share', async () => {
    db.run('BEGIN')
    insert('x', null, null, null, null)
    expect(db.inTransaction).toBe(true)
    await db.execAsync('COMMIT')
    expect(db.inTransaction).toBe(false)
    await expect(db.execAsync('COMMIT')).rejects.toThrow('no transaction is active')
  })
})

describe('countParameters', () => {
  it('counts no question marks inside text, names and comments', () => {
    expect(countParameters(`SELECT '?' , "a?", [b?], \`c?\`, ? -- ?\n /* ? */ , ?`)).toBe(2)
    expect(countParameters("SELECT 'it''s ?', ?")).toBe(1)
  })
})

describe('isMoneyColumn', () => {
  it.each([
    'amount_micro',
    'amountMicro',
    'prompt_micro_per_1k',
    'promptMicroPer1k',
    'SUM(amount_micro)',
    'micro',
  ])('%s is money', (name) => expect(isMoneyColumn(name)).toBe(true))
  it.each(['microphone', 'created_at_ms', 'Microscope', 'amicro'])('%s is not', (name) => {
    expect(isMoneyColumn(name)).toBe(false)
  })
})
