const MAX_CHARS = 480
const MAX_LINES = 8

/** The beginning of a text that is shown at first: at most 8 lines and 480 characters. A little more is not worth a click. */
export function shortened(text: string): string {
  if (text.length <= MAX_CHARS * 1.25 && lineEnd(text, MAX_LINES + 2) === text.length) return text
  const end = Math.min(MAX_CHARS, lineEnd(text, MAX_LINES))
  // A half of a surrogate pair is no character.
  return text.slice(0, end).replace(/[\ud800-\udbff]$/, '')
}

/** Where the line of this number ends, or the text. */
function lineEnd(text: string, lines: number): number {
  let at = -1
  for (let line = 0; line < lines; line++) {
    at = text.indexOf('\n', at + 1)
    if (at === -1) return text.length
  }
  return at
}
