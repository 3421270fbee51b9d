/** Up to this many characters the built-in search is used: the most that it compares for each character of the text. */
const SHORT_CHARS = 32

/**
 * Where a text has a part, from the first place to the last, none overlapping another. Linear in both (Knuth, Morris
 * and Pratt): what is built in takes the product of the lengths where both are of one letter, and a run holds millions.
 */
export function* placesOf(text: string, part: string): Generator<number> {
  if (part.length <= SHORT_CHARS) {
    const step = Math.max(1, part.length)
    for (let at = text.indexOf(part); at !== -1 && at <= text.length; at = text.indexOf(part, at + step)) {
      yield at
      if (at + step > text.length) return
    }
    return
  }
  const borders = bordersOf(part)
  let matched = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    while (matched > 0 && part.charCodeAt(matched) !== code) matched = borders[matched - 1] as number
    if (part.charCodeAt(matched) === code) matched++
    if (matched < part.length) continue
    yield at - part.length + 1
    matched = 0
  }
}

export function hasText(text: string, part: string): boolean {
  return placesOf(text, part).next().done !== true
}

/** The text with each place of the part replaced. */
export function replaceText(text: string, part: string, by: string): string {
  // Dollar signs would be interpreted.
  if (part.length <= SHORT_CHARS) return text.replaceAll(part, by.replaceAll('$', '$$$$'))
  let replaced = ''
  let from = 0
  for (const at of placesOf(text, part)) {
    replaced += text.slice(from, at) + by
    from = at + part.length
  }
  return replaced + text.slice(from)
}

/** For each beginning of the text, the longest shorter beginning that it also ends with. */
function bordersOf(text: string): Int32Array {
  const borders = new Int32Array(text.length)
  let length = 0
  for (let at = 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    while (length > 0 && text.charCodeAt(length) !== code) length = borders[length - 1] as number
    if (text.charCodeAt(length) === code) length++
    borders[at] = length
  }
  return borders
}
