import { describe, expect, it } from 'vitest'
import { answerText, htmlText } from '../../../../src/node/tools/answer-text.ts'

const CHARS = 900_000
const page = (part: string) => `<html>${part.repeat(CHARS / part.length)}`

describe('htmlText', () => {
  const timed = (html: string) => {
    const startedAt = performance.now()
    htmlText(html)
    return performance.now() - startedAt
  }

  it.each([
    '<div>',
    '<b>x',
    '<ul><li>x',
    '<table><tr><td>',
    '<blockquote>',
    '<h1>a',
    '<p><a>',
    '<svg>',
    '<',
    '<!--',
    '<a b=',
    '&amp;',
  ])('takes no longer for a page of nothing but %s than for one of paragraphs, or not by much', (part) => {
    timed(page('<p>x</p>'))
    // Without a bound the worst of them takes a hundred times as long.
    expect(timed(page(part))).toBeLessThan(10 * timed(page('<p>x</p>')))
  })

  it('reads all of a long page, whose paragraphs and cells nobody closes', () => {
    const html = `<table>${'<tr><td>cell'.repeat(2000)}</table>${'<p>text<br>'.repeat(2000)}the end`
    expect(htmlText(html)).toContain('the end')
  })
})

describe('answerText', () => {
  const answer = (contentType: string, body: string | Buffer) => ({
    status: 200,
    contentType,
    body: Buffer.from(body),
    url: 'https://site.example/',
  })

  it('takes a charset that there is not for UTF-8, and one that lies as it lies', () => {
    expect(answerText(answer('text/plain; charset=nonsense', 'é'))).toBe('é')
    expect(answerText(answer('text/plain; charset=latin1', 'é'))).toBe('Ã©')
    expect(answerText(answer('text/plain', Buffer.from([0xff, 0x41])))).toBe('\ufffdA')
  })

  it('gives JSON that nests too deeply to be printed as it is', () => {
    const json = '['.repeat(200_000) + ']'.repeat(200_000)
    expect(answerText(answer('application/json', json)).startsWith('[[[[')).toBe(true)
  })

  it('gives nothing that is no text', () => {
    expect(() => answerText(answer('image/png', 'x'))).toThrow(
      expect.objectContaining({ code: 'tool_failed' }),
    )
  })
})
