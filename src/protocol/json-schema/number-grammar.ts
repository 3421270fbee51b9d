import type { NumberShape } from './shape.ts'

/** Whole digits of a number: such integers are exact as JavaScript numbers. */
const DIGITS = 15
const LARGEST = 10n ** BigInt(DIGITS) - 1n
/** Up to this many whole digits, six decimals are exact too, so an open bound cannot be reached by rounding. */
const DIGITS_WITH_DECIMALS = 9

/** GBNF of an integer within inclusive bounds. Empty alternatives mean that there is none. */
export function integerGrammar(shape: NumberShape): string {
  const min = shape.min?.value ?? -LARGEST
  const max = shape.max?.value ?? LARGEST
  const alternatives: string[] = []
  if (min < 0n) {
    const nearest = max < 0n ? -max : 1n
    alternatives.push(`"-" ${group(wholeBetween(nearest, -min))}`)
  }
  if (max >= 0n) alternatives.push(...wholeBetween(min > 0n ? min : 0n, max))
  return group(alternatives)
}

/** GBNF of a number within bounds that are whole numbers. */
export function realGrammar(shape: NumberShape): string {
  const { min, max } = shape
  const alternatives: string[] = []
  if (min === undefined || min.value < 0n) {
    const nearest = max !== undefined && max.value <= 0n ? { value: -max.value, open: max.open } : undefined
    const furthest = min === undefined ? undefined : { value: -min.value, open: min.open }
    for (const magnitude of magnitudesBetween(nearest, furthest)) alternatives.push(`"-" ${magnitude}`)
  }
  if (max === undefined || max.value >= 0n) {
    alternatives.push(...magnitudesBetween(min !== undefined && min.value >= 0n ? min : undefined, max))
  }
  return group(alternatives)
}

interface Limit {
  readonly value: bigint
  readonly open: boolean
}

function magnitudesBetween(low: Limit | undefined, high: Limit | undefined): string[] {
  const from = low?.value ?? 0n
  const to = high?.value ?? LARGEST + 1n
  const decimals = high === undefined || String(to).length <= DIGITS_WITH_DECIMALS
  const firstWhole = low?.open ? from + 1n : from
  const alternatives: string[] = []
  if (firstWhole < to) {
    alternatives.push(`${group(wholeBetween(firstWhole, to - 1n))}${decimals ? ' ("." [0-9]{1,6})?' : ''}`)
  }
  if (low?.open && from < to && String(from).length <= DIGITS_WITH_DECIMALS) {
    alternatives.push(`"${from}." [0-9]{0,5} [1-9]`)
  }
  if (high !== undefined && !high.open && to >= firstWhole) alternatives.push(`"${to}" ("." "0"{1,2})?`)
  return alternatives
}

/** Alternatives for the whole numbers from `from` to `to`, both included, neither negative. */
function wholeBetween(from: bigint, to: bigint): string[] {
  const alternatives: string[] = []
  if (from > to) return alternatives
  const shortest = String(from).length
  const longest = String(to).length
  for (let digits = shortest; digits <= longest; digits++) {
    const low = digits === shortest ? String(from) : `1${'0'.repeat(digits - 1)}`
    const high = digits === longest ? String(to) : '9'.repeat(digits)
    alternatives.push(...digitsBetween(low, high))
  }
  return alternatives
}

/** Alternatives for the digit strings from `low` to `high`, which are equally long. */
function digitsBetween(low: string, high: string): string[] {
  if (low === '') return ['""']
  if (low === high) return [`"${low}"`]
  let shared = 0
  while (low[shared] === high[shared]) shared++
  const prefix = low.slice(0, shared)
  const rest = low.length - shared - 1
  const lowRest = low.slice(shared + 1)
  const highRest = high.slice(shared + 1)
  let first = Number(low[shared])
  let last = Number(high[shared])
  const alternatives: string[] = []
  if (/[^0]/.test(lowRest)) {
    alternatives.push(`"${prefix}${first}" ${group(digitsBetween(lowRest, '9'.repeat(rest)))}`)
    first++
  }
  const upper = /[^9]/.test(highRest)
    ? `"${prefix}${last--}" ${group(digitsBetween('0'.repeat(rest), highRest))}`
    : undefined
  if (first <= last) {
    const start = prefix === '' ? '' : `"${prefix}" `
    const free = rest === 0 ? '' : ` [0-9]{${rest}}`
    alternatives.push(`${start}${first === last ? `"${first}"` : `[${first}-${last}]`}${free}`)
  }
  if (upper !== undefined) alternatives.push(upper)
  return alternatives
}

function group(alternatives: readonly string[]): string {
  return alternatives.length === 1 ? `${alternatives[0]}` : `(${alternatives.join(' | ')})`
}
