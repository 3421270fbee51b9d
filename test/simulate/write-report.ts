import type { SimulationResult } from './simulation.ts'
export function writeReport(_: readonly SimulationResult[]): void {}
