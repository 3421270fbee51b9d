import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { LineSet, ResultsFile } from '../../../../src/cli/batch/results-file.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

describe('the results of a batch', () => {
  it('know which lines are done when they are opened again, and cut off half a line', async () => {
    using folder = tempFolder()
    const path = folder.file('results.jsonl')
    const first = await ResultsFile.open(path, { resume: false })
    await first.append({ line: 2, amountMicro: 5n })
    await first.append({ line: 900_000, result: 'ä\n' })
    await first.close()
    const whole = readFileSync(path, 'utf8')
    appendFileSync(path, '{"line": 3, "res')
    const second = await ResultsFile.open(path, { resume: true })
    expect([1, 2, 3, 899_999, 900_000].filter((line) => second.done.has(line))).toEqual([2, 900_000])
    await second.append({ line: 3 })
    await second.close()
    expect(readFileSync(path, 'utf8')).toBe(`${whole}{"line":3}\n`)
  })

  it('are not written over, nor added to a file of something else', async () => {
    using folder = tempFolder()
    const path = folder.file('results.jsonl')
    for (const text of ['{"name": "x"}\n', 'no json\n', '{"line": -1}\n']) {
      writeFileSync(path, text)
      await expect(ResultsFile.open(path, { resume: false })).rejects.toMatchObject({ code: 'bad_usage' })
      await expect(ResultsFile.open(path, { resume: true })).rejects.toMatchObject({ code: 'bad_usage' })
      expect(readFileSync(path, 'utf8')).toBe(text)
    }
  })

  it('remember a million lines in an eighth of a million bytes', () => {
    const lines = new LineSet()
    for (let line = 1; line <= 1_000_000; line += 3) lines.add(line)
    for (const line of [1, 4, 999_997, 1_000_000]) expect(lines.has(line)).toBe(line % 3 === 1)
    for (const line of [0, 2, 3, 999_999, 5_000_000]) expect(lines.has(line)).toBe(false)
  })
})
