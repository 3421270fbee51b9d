/** The value under which that part of the numbers lies. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}

/** 0 where all have the same, towards 1 where one has everything. */
export function gini(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const total = sorted.reduce((sum, value) => sum + value, 0)
  if (total === 0) return 0
  let weighted = 0
  for (const [index, value] of sorted.entries()) weighted += (index + 1) * value
  return (2 * weighted) / (sorted.length * total) - (sorted.length + 1) / sorted.length
}

/** Jain's index: 1 where all have the same, 1/n where one has everything. */
export function jain(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0)
  const squares = values.reduce((total, value) => total + value * value, 0)
  return squares === 0 ? 1 : (sum * sum) / (values.length * squares)
}

/** What part of the whole the first so many have, from those with least to those with most; 21 points. */
export function lorenz(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b)
  const total = sorted.reduce((sum, value) => sum + value, 0)
  return Array.from({ length: 21 }, (_, index) => {
    const part = sorted.slice(0, Math.round((index / 20) * sorted.length))
    return total === 0 ? index / 20 : part.reduce((sum, value) => sum + value, 0) / total
  })
}
