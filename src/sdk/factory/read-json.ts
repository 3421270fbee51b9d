/**
 * The JSON value that a text holds: the text itself, what stands in a code fence, or the first object or list in it that
 * is whole. `undefined` where there is none.
 */
export function readJson(text: string): unknown {
  const trimmed = text.trim()
  const whole = parsed(trimmed)
  if (whole !== undefined) return whole
  for (const match of trimmed.matchAll(/```[\w+-]*\s*\n?([\s\S]*?)```/g)) {
    const fenced = parsed((match[1] ?? '').trim())
    if (fenced !== undefined) return fenced
  }
  return firstWhole(trimmed)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** How many beginnings are tried: text full of braces is not looked through for each of them. */
const ATTEMPTS = 16

function firstWhole(text: string): unknown {
  let attempts = 0
  for (let at = text.search(/[{[]/); at !== -1 && attempts < ATTEMPTS; attempts++) {
    const end = endOfValue(text, at)
    if (end !== undefined) {
      const value = parsed(text.slice(at, end))
      if (value !== undefined) return value
    }
    const next = text.slice(at + 1).search(/[{[]/)
    at = next === -1 ? -1 : at + 1 + next
  }
  return undefined
}

/** The index after the bracket that closes the one at `start`. */
function endOfValue(text: string, start: number): number | undefined {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const char = text[at]
    if (char === '"') {
      at++
      while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
    } else if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') {
      depth--
      if (depth === 0) return at + 1
    }
  }
  return undefined
}
