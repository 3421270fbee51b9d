import { describe, expect, it } from 'vitest'
import { TextOutbox } from '../../../src/inference-child/text-outbox.ts'
import type { FromInferenceChild } from '../../../src/node/inference/contract.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('TextOutbox', () => {
  it('sends the texts of one turn together, in order, and those of the next one apart', async () => {
    const sent: FromInferenceChild[] = []
    const outbox = new TextOutbox((message) => sent.push(message))
    const piece = (text: string) => ({ text, tokens: 1 })
    outbox.push(1, piece('a'))
    outbox.push(2, piece('b'))
    outbox.push(1, piece('c'))
    expect(sent).toEqual([])
    await turn()
    outbox.push(2, piece('d'))
    await turn()
    expect(sent).toEqual([
      {
        type: 'texts',
        texts: [
          { id: 1, piece: piece('a') },
          { id: 2, piece: piece('b') },
          { id: 1, piece: piece('c') },
        ],
      },
      { type: 'texts', texts: [{ id: 2, piece: piece('d') }] },
    ])
  })

  it('sends at once what must not be overtaken, and nothing twice', async () => {
    const sent: FromInferenceChild[] = []
    const outbox = new TextOutbox((message) => sent.push(message))
    outbox.push(1, { text: 'a', tokens: 1 })
    outbox.flush()
    expect(sent).toHaveLength(1)
    outbox.flush()
    await turn()
    expect(sent).toHaveLength(1)
  })
})
