import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import fc from 'fast-check'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { Dataset, DriadError, z } from '../../../../src/sdk/index.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

type Row = Record<string, unknown>

async function failure(run: () => Promise<unknown>): Promise<DriadError> {
  try {
    await run()
  } catch (error) {
    if (error instanceof DriadError) return error
    throw error
  }
  throw new Error('It did not fail')
}

async function filled<Kind>(
  folder: string,
  rows: readonly Row[],
  schema?: z.ZodType<Kind>,
): Promise<Dataset<Kind>> {
  const dataset = new Dataset<Kind>({ folder, ...(schema && { schema }) })
  await Promise.all(rows.map((value, row) => dataset.record({ type: 'done', row, value })))
  return dataset
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}

const parquetRows = async (path: string) => parquetReadObjects({ file: await asyncBufferFromFile(path) })

describe('a dataset on disk', () => {
  it('has lost only the line that was being written', async () => {
    using folder = tempFolder()
    const journal = `${folder.path}/journal.jsonl`
    await (await filled(folder.path, [{ a: 1 }, { a: 'zwölf' }])).close()
    const whole = statSync(journal).size
    appendFileSync(journal, '{"type":"done","row":2,"value":{"a":"')
    {
      await using dataset = new Dataset({ folder: folder.path })
      expect(await all(dataset.rows())).toEqual([{ a: 1 }, { a: 'zwölf' }])
      expect(statSync(journal).size).toBe(whole)
      await dataset.record({ type: 'done', row: 2, value: { a: 3 } })
    }
    await using again = new Dataset({ folder: folder.path })
    expect(await all(again.entries())).toEqual([
      [0, { a: 1 }],
      [1, { a: 'zwölf' }],
      [2, { a: 3 }],
    ])
  })

  it.skipIf(process.platform === 'win32')('stays whole where the disk takes no more', async () => {
    using folder = tempFolder()
    const journal = `${folder.path}/journal.jsonl`
    // The shell's blocks are of 1,024 bytes: no line of the program ends where its file has to. Without the signal, writing fails.
    const script = 'ulimit -f 16; trap "" XFSZ; exec "$@"'
    const program = [
      process.execPath,
      '--experimental-transform-types',
      '--disable-warning=ExperimentalWarning',
    ]
    const args = ['-c', script, 'sh', ...program, 'test/helpers/journal-writer.program.ts', journal]
    const { stdout, stderr } = spawnSync('bash', args, { encoding: 'utf8' })
    const [failed, after] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line || 'null'))
    expect(stderr).toBe('')
    expect(failed.code).toBe('data_folder_unusable')
    expect(after.line).toMatchObject({ row: 999 })
    await using dataset = new Dataset({ folder: folder.path })
    expect(await dataset.size()).toBe(failed.whole)
    expect(failed.whole).toBeGreaterThan(10)
    expect(await dataset.failures()).toEqual([{ row: 999, code: 'x', message: '' }])
  })

  it('is refused where it is damaged in the middle, or something else', async () => {
    using folder = tempFolder()
    const journal = `${folder.path}/journal.jsonl`
    writeFileSync(journal, '{"type":"done","row":0,"value":{"a":1}}\nnot a line\n')
    await using dataset = new Dataset({ folder: folder.path })
    expect((await failure(() => dataset.size())).code).toBe('bad_usage')
    // Nothing was changed, and the lock is free: it can be put right.
    expect(readFileSync(journal, 'utf8')).toContain('not a line')
    writeFileSync(journal, '{"type":"done","row":0,"value":{"a":1}}\n')
    expect(await dataset.size()).toBe(1)
  })

  it('is for one at a time, and can be opened when the other is done', async () => {
    using folder = tempFolder()
    const first = await filled(folder.path, [{ a: 1 }])
    await using second = new Dataset({ folder: folder.path })
    expect((await failure(() => second.size())).code).toBe('data_folder_in_use')
    await first.close()
    expect(await second.size()).toBe(1)
  })

  it('cannot be where a file is', async () => {
    using folder = tempFolder()
    writeFileSync(folder.file('taken'), '')
    const dataset = new Dataset({ folder: folder.file('taken') })
    expect((await failure(() => dataset.size())).code).toBe('data_folder_unusable')
  })

  it('takes rows that it can read again, and no others', async () => {
    using folder = tempFolder()
    const circle: Row = {}
    circle['self'] = circle
    {
      await using dataset = new Dataset({ folder: folder.path })
      const record = (value: unknown) => dataset.record({ type: 'done', row: 0, value: value as Row })
      for (const value of ['text', [1], null, undefined, new Date(), circle, { at: new Date(Number.NaN) }])
        expect((await failure(() => record(value))).code).toBe('bad_usage')
      expect((await failure(() => record({ a: 'x'.repeat(17 * 1024 * 1024) }))).code).toBe('too_large')
      await record({ a: 'x'.repeat(15 * 1024 * 1024) })
    }
    await using again = new Dataset({ folder: folder.path })
    expect(await again.size()).toBe(1)
  })

  it('gives rows back as they were, dates and big numbers too', async () => {
    using folder = tempFolder()
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.bigInt(),
        fc.date({ noInvalidDate: true }),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', '$date', '$bigint', '$object'), tie('value'), {
          noNullPrototype: true,
        }),
      ),
    })).value
    const row = fc.dictionary(fc.constantFrom('a', 'b', '$date', '$object'), value, { noNullPrototype: true })
    const rows = fc.sample(row, { numRuns: 300, seed: 7 })
    await (await filled(folder.path, rows)).close()
    await using dataset = new Dataset({ folder: folder.path })
    expect(await all(dataset.rows())).toEqual(rows)
  })

  it('writes 100,000 rows a batch at a time', async () => {
    using folder = tempFolder()
    const text = 'All work and no play. '.repeat(20)
    const lines: string[] = []
    for (let row = 0; row < 100_000; row++)
      lines.push(JSON.stringify({ type: 'done', row, value: { number: row, text: `${text}${row}` } }))
    writeFileSync(`${folder.path}/journal.jsonl`, `${lines.join('\n')}\n`)
    await using dataset = new Dataset({ folder: folder.path })
    expect(await dataset.size()).toBe(100_000)
    expect(await dataset.write(folder.file('rows.parquet'))).toBe(100_000)
    const file = await asyncBufferFromFile(folder.file('rows.parquet'))
    const { row_groups } = await parquetMetadataAsync(file)
    expect(row_groups).toHaveLength(100)
    const last = await parquetReadObjects({ file, rowStart: 99_999, rowEnd: 100_000 })
    expect(last).toEqual([{ number: 99_999n, text: `${text}99999` }])
  }, 60_000)
})

describe('files', () => {
  const at = new Date('2026-01-02T03:04:05.678Z')
  const schema = z.object({
    text: z.string(),
    whole: z.int().nullable(),
    real: z.number().optional(),
    truth: z.boolean(),
    at: z.date(),
    big: z.bigint(),
    kind: z.enum(['a', 'b']),
    list: z.array(z.object({ x: z.number() })),
    never: z.string().nullable(),
  })
  const rows: z.output<typeof schema>[] = [
    {
      text: 'a, "b"\nc',
      whole: -7,
      real: 2,
      truth: true,
      at,
      big: 2n ** 60n,
      kind: 'a',
      list: [{ x: 1 }],
      never: null,
    },
    { text: '', whole: null, truth: false, at, big: -1n, kind: 'b', list: [], never: null },
  ]

  it('in Parquet have the types of the schema', async () => {
    using folder = tempFolder()
    await using dataset = await filled(folder.path, rows, schema)
    await dataset.write(folder.file('rows.parquet'))
    const { schema: columns } = await parquetMetadataAsync(
      await asyncBufferFromFile(folder.file('rows.parquet')),
    )
    expect(columns.slice(1).map(({ name, type, converted_type }) => [name, converted_type ?? type])).toEqual([
      ['text', 'UTF8'],
      ['whole', 'INT64'],
      ['real', 'DOUBLE'],
      ['truth', 'BOOLEAN'],
      ['at', 'TIMESTAMP_MILLIS'],
      ['big', 'INT64'],
      ['kind', 'UTF8'],
      ['list', 'UTF8'],
      ['never', 'UTF8'],
    ])
    const [first, second] = await parquetRows(folder.file('rows.parquet'))
    expect(first).toEqual({ ...rows[0], whole: -7n, list: '[{"x":1}]' })
    expect(second).toMatchObject({ text: '', whole: null, truth: false, big: -1n, list: '[]' })
    expect(second?.['real'] ?? null).toBeNull()
  })

  it('in CSV and JSON Lines hold the same', async () => {
    using folder = tempFolder()
    await using dataset = await filled(folder.path, rows, schema)
    await dataset.write(folder.file('rows.CSV'))
    expect(readFileSync(folder.file('rows.CSV'), 'utf8')).toBe(
      [
        'text,whole,real,truth,at,big,kind,list,never',
        `"a, ""b""\nc",-7,2,true,${at.toISOString()},1152921504606846976,a,"[{""x"":1}]",`,
        `,,,false,${at.toISOString()},-1,b,[],`,
        '',
      ].join('\n'),
    )
    await dataset.write(folder.file('rows.jsonl'))
    const lines = readFileSync(folder.file('rows.jsonl'), 'utf8').trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      rows.map((row) => ({ ...row, at: at.toISOString(), big: `${row.big}` })),
    )
  })

  it('have every column that any row has, of a type that fits every row', async () => {
    using folder = tempFolder()
    const many: Row[] = Array.from({ length: 1500 }, (_, number) => ({ number }))
    many.push({ number: 0.5, late: 'yes' }, { late: { nested: true } }, { huge: 2n ** 70n, empty: null })
    await using dataset = await filled(folder.path, many)
    await dataset.write(folder.file('rows.parquet'))
    const read = await parquetRows(folder.file('rows.parquet'))
    expect(read[1]).toEqual({ number: 1, late: null, huge: null, empty: null })
    expect(read.slice(-3)).toEqual([
      { number: 0.5, late: 'yes', huge: null, empty: null },
      { number: null, late: '{"nested":true}', huge: null, empty: null },
      { number: null, late: null, huge: `"${2n ** 70n}"`, empty: null },
    ])
    await dataset.write(folder.file('rows.csv'))
    expect(readFileSync(folder.file('rows.csv'), 'utf8').startsWith('number,late,huge,empty\n0,,,\n')).toBe(
      true,
    )
  })

  it('in CSV begin no formulas, unless they are to be as they are; numbers always are', async () => {
    using folder = tempFolder()
    await using dataset = await filled(folder.path, [{ a: '=1+1', b: -1, c: '- a list' }])
    await dataset.write(folder.file('safe.csv'))
    expect(readFileSync(folder.file('safe.csv'), 'utf8')).toBe("a,b,c\n'=1+1,-1,'- a list\n")
    await dataset.write(folder.file('exact.csv'), { escapeFormulas: false })
    expect(readFileSync(folder.file('exact.csv'), 'utf8')).toBe('a,b,c\n=1+1,-1,- a list\n')
  })

  it.each(['jsonl', 'csv', 'parquet'])('without columns are %s', async (ending) => {
    using folder = tempFolder()
    await using dataset = new Dataset({ folder: folder.path })
    expect(await dataset.write(folder.file(`rows.${ending}`))).toBe(0)
    expect(existsSync(folder.file(`rows.${ending}`))).toBe(true)
  })

  it.each(['jsonl', 'csv', 'parquet'])('without rows are %s, too', async (ending) => {
    using folder = tempFolder()
    await using dataset = new Dataset({ folder: folder.path, schema: z.object({ a: z.string() }) })
    expect(await dataset.write(folder.file(`rows.${ending}`))).toBe(0)
    if (ending === 'parquet') expect(await parquetRows(folder.file('rows.parquet'))).toEqual([])
    if (ending === 'csv') expect(readFileSync(folder.file('rows.csv'), 'utf8')).toBe('a\n')
  })

  it('that cannot be written leave nothing behind', async () => {
    using folder = tempFolder()
    await using dataset = await filled(folder.path, [{ a: 1 }])
    expect((await failure(() => dataset.write(folder.file('rows.xls')))).code).toBe('bad_usage')
    expect((await failure(() => dataset.write(folder.file('none/rows.csv')))).code).toBe(
      'data_folder_unusable',
    )
    mkdirSync(folder.file('taken.csv'))
    expect((await failure(() => dataset.write(folder.file('taken.csv')))).code).toBe('data_folder_unusable')
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.part'))).toEqual([])
    expect(existsSync(folder.file('none'))).toBe(false)
  })
})
