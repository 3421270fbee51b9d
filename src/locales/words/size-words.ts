import { numberFormat } from '../formats.ts'

const rounded = numberFormat({ maximumFractionDigits: 0, useGrouping: false })
const tenths = numberFormat({ minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: false })

/** `5.3 GB`, `740 MB`: as file sizes are given, in powers of ten. */
export function sizeWords(bytes: number): string {
  if (bytes >= 1e12) return `${tenths().format(bytes / 1e12)} TB`
  if (bytes >= 1e9) return `${tenths().format(bytes / 1e9)} GB`
  if (bytes >= 1e6) return `${rounded().format(bytes / 1e6)} MB`
  return `${rounded().format(Math.ceil(bytes / 1e3))} kB`
}

/** Tokens a second without their unit: `9.7`, `85`. */
export function rateWords(tokensPerSecond: number): string {
  return tokensPerSecond >= 10 ? rounded().format(tokensPerSecond) : tenths().format(tokensPerSecond)
}
