/** Marks of an axis: round, evenly spaced from 0, the last at or above the highest value. */
export function axisTicks(highest: number, intervals = 4): number[] {
  if (!(highest > 0)) return [0, 1]
  const rough = highest / intervals
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= rough * 0.999) ?? 10
  const step = factor * power
  const count = Math.ceil((highest / step) * 0.999)
  // Multiplied anew for each mark: adding steps up would gather rounding errors.
  return Array.from({ length: count + 1 }, (_, mark) => Number((mark * step).toPrecision(12)))
}
