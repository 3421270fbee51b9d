const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const threeDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 })

/** Every digit, grouped: `12,842`. */
export function count(value: number): string {
  return whole.format(value)
}

/** At most three significant digits, for tiles: `1.28k`, `142`, `0.42`. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  for (const [step, suffix] of [
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    // 999.6 rounds up into the next unit.
    if (size >= step * 0.9995) return `${threeDigits.format(value / step)}${suffix}`
  }
  return threeDigits.format(value)
}

/** Tokens per second, three significant digits, no unit. */
export function rate(tokensPerSecond: number): string {
  if (tokensPerSecond > 0 && tokensPerSecond < 0.05) return '<0.1'
  return tokensPerSecond < 10
    ? threeDigits.format(Math.round(tokensPerSecond * 10) / 10)
    : short(tokensPerSecond)
}

/** Decimal units as on a disk's label: `4.92 GB`. */
export function bytes(size: number): string {
  for (const [step, unit] of [
    [1e12, 'TB'],
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ] as const) {
    if (size >= step * 0.9995) return `${threeDigits.format(size / step)} ${unit}`
  }
  return `${whole.format(size)} B`
}

/** Model sizes as people say them: `7.6B`, `135M`. */
export function parameters(value: number): string {
  return short(value).replace('k', 'K')
}

/** `99.8 %`; never rounded up to 100 while something is missing. */
export function percent(part: number, of: number): string {
  if (of <= 0) return '–'
  const value = (part / of) * 100
  if (part < of && value > 99.9) return '99.9 %'
  return `${value.toFixed(1).replace(/\.0$/, '')} %`
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}
