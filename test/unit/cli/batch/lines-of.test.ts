import { describe, expect, it } from 'vitest'
import { linesOf, type TextLine } from '../../../../src/cli/batch/lines-of.ts'

async function read(chunks: readonly Uint8Array[], maxChars = 20): Promise<TextLine[]> {
  const source = (async function* () {
    yield* chunks
  })()
  const lines: TextLine[] = []
  for await (const line of linesOf(source, maxChars)) lines.push(line)
  return lines
}

const bytes = (text: string) => Buffer.from(text)

describe('the lines of a text', () => {
  it('are numbered, however the bytes are cut, also inside of a character', async () => {
    const text = bytes('one\n\nzwölf €\nlast')
    const expected = [
      { number: 1, text: 'one' },
      { number: 2, text: '' },
      { number: 3, text: 'zwölf €' },
      { number: 4, text: 'last' },
    ]
    for (let size = 1; size <= text.length; size++) {
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
        text.subarray(index * size, (index + 1) * size),
      )
      expect(await read(chunks)).toEqual(expected)
    }
  })

  it('that are too long are named without their text, and the next one is read', async () => {
    const long = bytes('x'.repeat(9))
    expect(await read([bytes('a\n'), long, long, long, bytes('\nb\n'), bytes('y'.repeat(30))])).toEqual([
      { number: 1, text: 'a' },
      { number: 2 },
      { number: 3, text: 'b' },
      { number: 4 },
    ])
  })
})
