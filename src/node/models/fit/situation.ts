import { availableParallelism, cpus } from 'node:os'
import type { GpuMemoryView } from '../../../protocol/fit-views.ts'
import type { MeasuredSpeed, ReferenceSpeed } from '../../../protocol/model-fit/expected-speed.ts'
import type { FitRows } from './fit-rows.ts'
import type { FitSituation } from './fit-view.ts'
import { type MachineInit, machineFacts } from './machine-facts.ts'
import { measureMemorySpeed } from './memory-speed.ts'

const MEASURE_AGAIN_MS = 24 * 3_600_000

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
      threads: engineThreads(),
      ...(memoryBytesPerSecond !== undefined && { memoryBytesPerSecond }),
      ...(init.references !== undefined && { references: init.references }),
    },
    correction: (architecture) => rows?.correctionOf(architecture, backend) ?? 1,
  }
}

/** Remembered for the processor. It is looked at again every day, as others may have been using the memory then. */
async function memorySpeed(
  rows: FitRows | undefined,
  options: { signal?: AbortSignal },
): Promise<number | undefined> {
  const cpu = cpus()[0]?.model ?? process.arch
  const known = rows?.memorySpeed(cpu)
  const nowMs = Date.now()
  if (known !== undefined && Math.abs(nowMs - known.measuredAtMs) < MEASURE_AGAIN_MS)
    return known.bytesPerSecond
  const measured = await measureMemorySpeed(engineThreads(), options)
  const fastest = Math.max(measured ?? 0, known?.bytesPerSecond ?? 0)
  if (fastest === 0) return undefined
  // A folder that cannot be written to measures again the next time.
  await rows?.putMemorySpeed(cpu, fastest, nowMs).catch(() => undefined)
  return fastest
}

/** One core is left to everything else, as the engine leaves it. */
function engineThreads(): number {
  return Math.max(1, availableParallelism() - 1)
}

function backendOf(gpus: readonly GpuMemoryView[]): string {
  return gpus[0]?.backend ?? 'cpu'
}
