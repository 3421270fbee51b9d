/** Characters of a chunk, at most: some paragraphs' worth, and well within what the smallest models read at once. */
export const CHUNK_CHARS = 500

/**
 * Cuts a text into chunks that end where sentences end, as far as sentences are shorter than a chunk; longer ones are cut
 * between words, and words that are longer still anywhere but inside of a character. No chunk is empty.
 */
export function chunkText(text: string, maxChars = CHUNK_CHARS): string[] {
  const chunks: string[] = []
  let chunk = ''
  const add = (piece: string) => {
    if (chunk.length + piece.length > maxChars) {
      keep(chunk)
      chunk = ''
    }
    chunk += piece
  }
  const keep = (whole: string) => {
    const trimmed = whole.trim()
    if (trimmed !== '') chunks.push(trimmed)
  }
  for (const { segment: sentence } of new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(
    text,
  )) {
    for (const piece of pieces(sentence, maxChars)) add(piece)
  }
  keep(chunk)
  return chunks
}

function* pieces(sentence: string, maxChars: number): Generator<string> {
  let rest = sentence
  while (rest.length > maxChars) {
    const space = rest.lastIndexOf(' ', maxChars - 1)
    let end = space > 0 ? space + 1 : maxChars
    // Not between the halves of a surrogate pair, which is one more where a chunk has no room for both.
    if (space <= 0 && isHighSurrogate(rest.charCodeAt(end - 1))) end += end === 1 ? 1 : -1
    yield rest.slice(0, end)
    rest = rest.slice(end)
  }
  if (rest !== '') yield rest
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}
