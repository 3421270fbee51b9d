import type { SimulationResult } from './simulation.ts'

export function textReport(result: SimulationResult): string {
  return JSON.stringify(
    { ...result, completions: undefined },
    (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
    1,
  )
}
