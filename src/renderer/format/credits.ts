import { numberFormat, perLanguage } from '../../locales/formats.ts'
import { short } from './numbers.ts'

const MICRO = 1_000_000n

/** Amounts below this many credits never need the compact form. */
const COMPACT_FROM = 1_000n * MICRO

const whole = numberFormat({ maximumFractionDigits: 0 })
const decimalPoint = perLanguage(
  (language) =>
    new Intl.NumberFormat(language).formatToParts(0.5).find(({ type }) => type === 'decimal')?.value ?? '.',
)

/** Micro-credits out of a view's decimal string. Throws `SyntaxError` where it is none. */
export function microOf(text: string | bigint): bigint {
  return typeof text === 'bigint' ? text : BigInt(text)
}

/** Every digit: `0.0297`, `1,284.5`, `18.00`. At least `minDecimals`, at most six. */
export function exactCredits(amount: string | bigint, minDecimals = 2): string {
  return written(amount, minDecimals, (credits) => whole().format(credits))
}

/** Every digit, as `parseCredits` reads it back: thousands are not set apart. */
export function typedCredits(amount: string | bigint): string {
  return written(amount, 2, String)
}

/** The zeros up to the sixth decimal that `exactCredits` leaves out, for figures that stand one below the other. */
export function unseenZeros(amount: string | bigint): string {
  return '0'.repeat(6 - Math.max(2, significantDecimals(amount).length))
}

/** At most three significant digits, for tiles: `18.4`, `1.28k`, `0.000297`. */
export function shortCredits(amount: string | bigint): string {
  const micro = microOf(amount)
  const size = micro < 0n ? -micro : micro
  if (size === 0n) return exactCredits(0n)
  const rounded = roundToDigits(size, 3)
  const sign = micro < 0n ? '−' : ''
  if (rounded >= COMPACT_FROM) return sign + short(rounded / MICRO)
  const wholeDigits = String(rounded / MICRO).length
  return sign + exactCredits(rounded, 3 - wholeDigits)
}

/** Credits as a number, for the height of a bar only; sums and texts stay with bigint. */
export function chartCredits(amount: string | bigint): number {
  return Number(microOf(amount)) / 1_000_000
}

/** Reads what a person typed (`0.4`, `1,5`) into micro-credits; undefined where it is no amount or finer than one. */
export function parseCredits(text: string): bigint | undefined {
  const match = /^\s*(\d{1,12})(?:[.,](\d{1,6}))?\s*$/.exec(text)
  if (match === null) return undefined
  return BigInt(match[1] ?? '0') * MICRO + BigInt((match[2] ?? '').padEnd(6, '0'))
}

export function sumMicro(amounts: Iterable<string | bigint>): bigint {
  let sum = 0n
  for (const amount of amounts) sum += microOf(amount)
  return sum
}

function roundToDigits(size: bigint, digits: number): bigint {
  const spare = String(size).length - digits
  if (spare <= 0) return size
  const step = 10n ** BigInt(spare)
  return ((size + step / 2n) / step) * step
}

function written(
  amount: string | bigint,
  minDecimals: number,
  writeWhole: (credits: bigint) => string,
): string {
  const micro = microOf(amount)
  const size = micro < 0n ? -micro : micro
  const decimals = significantDecimals(size).padEnd(minDecimals, '0')
  return `${micro < 0n ? '−' : ''}${writeWhole(size / MICRO)}${decimals === '' ? '' : decimalPoint() + decimals}`
}

function significantDecimals(amount: string | bigint): string {
  const decimals = microOf(amount) % MICRO
  return String(decimals < 0n ? -decimals : decimals)
    .padStart(6, '0')
    .replace(/0+$/, '')
}
