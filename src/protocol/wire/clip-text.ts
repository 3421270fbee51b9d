const ELLIPSIS = '…'

/**
 * Shortens text to at most `maxBytes` of UTF-8, never inside a character, so that a message that carries it stays
 * within its limit. Lone surrogates, which have no UTF-8, become U+FFFD. A text that was cut ends in `…`.
 */
export function clipText(text: string, maxBytes: number): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed()
  if (wellFormed.length * 3 <= maxBytes || Buffer.byteLength(wellFormed) <= maxBytes) return wellFormed
  const room = Math.max(0, maxBytes - Buffer.byteLength(ELLIPSIS))
  const bytes = Buffer.from(wellFormed.slice(0, room))
  let end = Math.min(room, bytes.length)
  // A byte 10xxxxxx continues a character: step back to where one starts.
  while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end) + (maxBytes >= 3 ? ELLIPSIS : '')
}
