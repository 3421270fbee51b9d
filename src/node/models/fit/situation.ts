import { availableParallelism, cpus } from 'node:os'
import type { GpuMemoryView } from '../../../protocol/fit-views.ts'
import type { MeasuredSpeed, ReferenceSpeed } from '../../../protocol/model-fit/expected-speed.ts'
import type { FitRows } from './fit-rows.ts'
import type { FitSituation } from './fit-view.ts'
import { type MachineInit, machineFacts } from './machine-facts.ts'
import { measureMemorySpeed } from './memory-speed.ts'

export interface SituationInit extends Omit<MachineInit, 'memoryBytesPerSecond'> {
  readonly measured?: readonly MeasuredSpeed[]
  readonly references?: readonly ReferenceSpeed[]
}

/** Puts together what is known of this computer now. `rows` are absent where there is no data folder yet. */
export async function situationOf(
  rows: FitRows | undefined,
  init: SituationInit,
  options: { signal?: AbortSignal } = {},
): Promise<FitSituation> {
  const memoryBytesPerSecond = await memorySpeed(rows, options)
  const machine = await machineFacts({ ...init, memoryBytesPerSecond })
  const backend = backendOf(machine.gpus)
  return {
    machine,
    speeds: {
      measured: init.measured ?? [],
      ...(memoryBytesPerSecond !== undefined && { memoryBytesPerSecond }),
      ...(init.references !== undefined && { references: init.references }),
    },
    correction: (architecture) => rows?.correctionOf(architecture, backend) ?? 1,
  }
}

/** Measured once for each processor, then remembered. */
async function memorySpeed(
  rows: FitRows | undefined,
  options: { signal?: AbortSignal },
): Promise<number | undefined> {
  const cpu = cpus()[0]?.model ?? process.arch
  const known = rows?.memorySpeed(cpu)
  if (known !== undefined) return known
  const measured = await measureMemorySpeed(availableParallelism(), options)
  // A folder that cannot be written to, or is only read, measures again the next time.
  if (measured !== undefined) await rows?.putMemorySpeed(cpu, measured, Date.now()).catch(() => undefined)
  return measured
}

function backendOf(gpus: readonly GpuMemoryView[]): string {
  return gpus[0]?.backend ?? 'cpu'
}
