const roundFactors = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]

/**
 * Marks of an axis: from 0 in exactly so many even, round steps, the last at or above the highest value.
 * The same number for two axes of one chart lays their marks on the same lines.
 */
export function axisTicks(highest: number, intervals: number): number[] {
  const rough = highest > 0 ? highest / intervals : 1 / intervals
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = roundFactors.find((candidate) => candidate * power >= rough * 0.9999) ?? 10
  // Multiplied anew for each mark: adding steps up would gather rounding errors.
  return Array.from({ length: intervals + 1 }, (_, mark) => Number((mark * factor * power).toPrecision(12)))
}
