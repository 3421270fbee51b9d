import { StringDecoder } from 'node:string_decoder'

/** One line of a text; `text` is absent where it is longer than may be. */
export interface TextLine {
  /** From 1. */
  readonly number: number
  readonly text?: string
}

/** The lines of a text in UTF-8, however large it is: of a line that is too long nothing is kept. */
export async function* linesOf(
  source: AsyncIterable<Uint8Array>,
  maxChars: number,
): AsyncGenerator<TextLine> {
  const decoder = new StringDecoder('utf8')
  let number = 1
  let rest = ''
  let tooLong = false
  for await (const bytes of source) {
    rest += decoder.write(Buffer.from(bytes))
    for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n')) {
      const text = rest.slice(0, at)
      yield tooLong || text.length > maxChars ? { number } : { number, text }
      number++
      tooLong = false
      rest = rest.slice(at + 1)
    }
    if (rest.length > maxChars) {
      tooLong = true
      rest = ''
    }
  }
  rest += decoder.end()
  if (tooLong) yield { number }
  else if (rest !== '') yield { number, text: rest }
}
