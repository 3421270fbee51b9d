import { numberFormat } from '../../locales/formats.ts'
import { spokenLanguage, t } from '../../locales/translate.ts'

const whole = numberFormat({ maximumFractionDigits: 0 })
const threeDigits = numberFormat({ maximumSignificantDigits: 3 })
const compact = numberFormat({ notation: 'compact', maximumSignificantDigits: 3 })
const oneDecimal = numberFormat({ maximumFractionDigits: 1, useGrouping: false })

/** Every digit, grouped: `12,842`. */
export function count(value: number): string {
  return whole().format(value)
}

/** At most three significant digits, for tiles: `1.28k`, `142`, `0.42`. */
export function short(value: number | bigint): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return '–'
  const text = compact().format(value)
  // The sign of a thousand is a small letter, in English as in the units.
  return spokenLanguage() === 'en' ? text.replace('K', 'k') : text
}

/** Tokens per second, three significant digits, no unit. */
export function rate(tokensPerSecond: number): string {
  if (tokensPerSecond > 0 && tokensPerSecond < 0.05) return `<${threeDigits().format(0.1)}`
  return tokensPerSecond < 10
    ? threeDigits().format(Math.round(tokensPerSecond * 10) / 10)
    : short(tokensPerSecond)
}

const fixedFormats = new Map<number, () => Intl.NumberFormat>()

/** Always so many decimals: `2.60`. */
export function fixed(value: number, decimals: number): string {
  let format = fixedFormats.get(decimals)
  if (format === undefined) {
    format = numberFormat({ minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    fixedFormats.set(decimals, format)
  }
  return format().format(value)
}

/** Decimal units as on a disk's label: `4.92 GB`. */
export function bytes(size: number): string {
  for (const [step, unit] of [
    [1e12, 'TB'],
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ] as const) {
    if (size >= step * 0.9995) return `${threeDigits().format(size / step)} ${unit}`
  }
  return `${whole().format(size)} B`
}

/** Model sizes as people say them, with the letters of models' names: `7.6B`, `135M`. */
export function parameters(value: number): string {
  for (const [step, letter] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'K'],
  ] as const) {
    // 999.6 rounds up into the next unit.
    if (value >= step * 0.9995) return `${threeDigits().format(value / step)}${letter}`
  }
  return threeDigits().format(value)
}

/** `99.8 %`; never rounded up to 100 while something is missing. */
export function percent(part: number, of: number): string {
  if (of <= 0) return '–'
  const value = (part / of) * 100
  return t('common:percent', { value: oneDecimal().format(part < of && value > 99.9 ? 99.9 : value) })
}
