import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { StopText } from '../../../src/inference-child/stop-text.ts'
import { TextGroups } from '../../../src/inference-child/text-groups.ts'
import { TokenText } from '../../../src/inference-child/token-text.ts'
import type { TextPiece } from '../../../src/node/inference/contract.ts'

describe('TokenText', () => {
  /** Tokens are bytes here: the hardest case. */
  const bytes = (tokens: readonly number[]) =>
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array(tokens))

  it('passes on whole characters only', () => {
    const text = new TokenText(bytes, [])
    const pieces = Array.from(new TextEncoder().encode('aé€😀b'), (byte) => text.push(byte))
    expect(pieces.filter((piece) => piece !== '')).toEqual(['a', 'é', '€', '😀', 'b'])
    expect(text.end()).toBe('')
  })

  it('goes on after bytes that are no character', () => {
    const text = new TokenText(bytes, [])
    const pieces = [0xff, 0xff, 0xff, 0xff, 0x61].map((byte) => text.push(byte))
    expect(pieces.join('')).toBe('\uFFFD\uFFFD\uFFFD\uFFFDa')
  })

  it('gives out half a character at the end', () => {
    const text = new TokenText(bytes, [])
    expect(text.push(0xe2)).toBe('')
    expect(text.end()).toBe('\uFFFD')
  })

  it('keeps the space between words, and drops the one that tokenizers put before a beginning', () => {
    const words = (tokens: readonly string[]) => tokens.join('').replaceAll('▁', ' ').replace(/^ /, '')
    const answer = new TokenText(words, ['▁Hello'])
    expect(answer.push('▁you')).toBe(' you')
    const beginning = new TokenText(words, [])
    expect(beginning.push('▁Once') + beginning.push('▁upon')).toBe('Once upon')
  })
})

describe('StopText', () => {
  const run = (pieces: readonly string[], stops: readonly string[]) => {
    const text = new StopText(stops)
    let passed = ''
    for (const piece of pieces) {
      const { text: more, stopped } = text.push(piece)
      passed += more
      if (stopped) return { passed, stopped }
    }
    return { passed: passed + text.end(), stopped: false }
  }

  it('ends before a stop text, however it is cut into pieces', () => {
    const stops = ['<|im_end|>', '</s>']
    expect(run(['Hi', '<|im', '_end', '|> more'], stops)).toEqual({ passed: 'Hi', stopped: true })
    expect(run([...'Hi</s>'], stops)).toEqual({ passed: 'Hi', stopped: true })
  })

  it('passes on what only looked like one', () => {
    expect(run(['a <|im_', 'start|> b', '<'], ['<|im_end|>'])).toEqual({
      passed: 'a <|im_start|> b<',
      stopped: false,
    })
  })

  it('takes the first of several', () => {
    expect(run(['one END two STOP'], ['STOP', 'END'])).toEqual({ passed: 'one ', stopped: true })
  })
})

describe('TextGroups', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => vi.useRealTimers())

  it('sends the first text at once, then at most one group in 20 ms', () => {
    const sent: TextPiece[] = []
    const groups = new TextGroups((piece) => sent.push(piece))
    groups.push('a', 1)
    expect(sent).toEqual([{ text: 'a', tokens: 1 }])
    groups.push('b', 2)
    vi.advanceTimersByTime(10)
    groups.push('c', 3)
    expect(sent).toHaveLength(1)
    vi.advanceTimersByTime(10)
    expect(sent).toEqual([
      { text: 'a', tokens: 1 },
      { text: 'bc', tokens: 3 },
    ])
    vi.advanceTimersByTime(100)
    expect(sent).toHaveLength(2)
    groups.push('d', 4)
    expect(sent.at(-1)).toEqual({ text: 'd', tokens: 4 })
  })

  it('sends the rest when it is told to, and nothing after it was cancelled', () => {
    const sent: TextPiece[] = []
    const groups = new TextGroups((piece) => sent.push(piece))
    groups.push('a', 1)
    groups.push('b', 2)
    groups.end()
    groups.end()
    expect(sent.map(({ text }) => text)).toEqual(['a', 'b'])
    groups.push('c', 3)
    groups.cancel()
    vi.advanceTimersByTime(100)
    expect(sent).toHaveLength(2)
  })

  it('tells one who only counts no more than every 100 ms, and nothing at the end', () => {
    const sent: TextPiece[] = []
    const groups = new TextGroups((piece) => sent.push(piece), 'calm')
    groups.push('a', 1)
    vi.advanceTimersByTime(50)
    groups.push('b', 2)
    expect(sent).toEqual([])
    vi.advanceTimersByTime(50)
    expect(sent).toEqual([{ text: 'ab', tokens: 2 }])
    groups.push('c', 3)
    groups.end()
    vi.advanceTimersByTime(200)
    expect(sent).toHaveLength(1)
  })
})
