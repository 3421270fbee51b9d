import { statfs } from 'node:fs/promises'
import { availableParallelism, cpus, freemem, totalmem } from 'node:os'
import type { GpuMemoryView, MachineView } from '../../../protocol/fit-views.ts'
import type { FitMachine } from '../../../protocol/model-fit/fit-of.ts'

/** Of the memory, kept free where the operator does not say: for the system and whoever works at it. */
const RESERVED_SHARE = 0.15
const LEAST_RESERVE_BYTES = 512 * 1024 ** 2
const MOST_RESERVE_BYTES = 4 * 1024 ** 3
/** Of a GPU's memory: for the screen and the driver. */
const RESERVED_VRAM_SHARE = 0.06
const LEAST_VRAM_RESERVE_BYTES = 256 * 1024 ** 2
const MACOS_FREE_SHARE = 0.5
/** Part of the reserve that must be free right now. */
const FREE_NOW_SHARE = 0.25

export interface MachineInit {
  /** Where models are kept: its disk is looked at. */
  readonly folder: string
  /** As the probes of the backends found them. */
  readonly gpus?: readonly GpuMemoryView[]
  /** What the operator wants kept free; null for a share. */
  readonly reserveBytes?: number | null
  /** What loaded models take now: they would make way. */
  readonly loaded?: { readonly ramBytes: number; readonly vramBytes: number }
  readonly memoryBytesPerSecond?: number | undefined
}

/** Looks at this computer. Takes a millisecond; throws nothing. */
export async function machineFacts(init: MachineInit): Promise<MachineView> {
  const { gpus = [], loaded = { ramBytes: 0, vramBytes: 0 } } = init
  const ramTotalBytes = memoryLimit()
  const ramFreeBytes = Math.min(ramTotalBytes, freeMemory())
  const ramReserveBytes = Math.min(ramTotalBytes, init.reserveBytes ?? defaultReserve(ramTotalBytes))
  const own = gpus.filter((gpu) => !gpu.unified)
  return {
    platform: process.platform,
    arch: process.arch,
    cpu: cpus()[0]?.model.trim() || process.arch,
    cores: availableParallelism(),
    ramTotalBytes,
    ramFreeBytes,
    ramReserveBytes,
    ramForModelsBytes: room(ramTotalBytes, ramFreeBytes + loaded.ramBytes, ramReserveBytes),
    gpus,
    vramForModelsBytes: own.reduce(
      (sum, gpu, index) =>
        sum +
        room(
          gpu.totalBytes,
          gpu.freeBytes + (index === 0 ? loaded.vramBytes : 0),
          Math.max(LEAST_VRAM_RESERVE_BYTES, gpu.totalBytes * RESERVED_VRAM_SHARE),
        ),
      0,
    ),
    diskFreeBytes: await diskFree(init.folder),
    ...(init.memoryBytesPerSecond !== undefined && { memoryBytesPerSecond: init.memoryBytesPerSecond }),
  }
}

/** The same, as fits are decided by. */
export function fitMachine(machine: MachineView): FitMachine {
  return {
    ramBytes: machine.ramForModelsBytes,
    vramBytes: machine.vramForModelsBytes,
    ...(machine.gpus.some((gpu) => gpu.unified) && machine.vramForModelsBytes === 0 && { unified: true }),
  }
}

/** Neither more than is free now, with what models have, nor so much that the reserve is touched. */
function room(totalBytes: number, freeBytes: number, reserveBytes: number): number {
  return Math.max(
    0,
    Math.floor(Math.min(totalBytes - reserveBytes, freeBytes - reserveBytes * FREE_NOW_SHARE)),
  )
}

function defaultReserve(totalBytes: number): number {
  return Math.min(MOST_RESERVE_BYTES, Math.max(LEAST_RESERVE_BYTES, Math.round(totalBytes * RESERVED_SHARE)))
}

/** A container's limit, where there is one; systems without say 0, or more than there is. */
function memoryLimit(): number {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < totalmem() ? limit : totalmem()
}

/** What can be had without swapping. Node's own figure knows of containers, `freemem` of what the system would give up. */
function freeMemory(): number {
  const free = Math.min(process.availableMemory(), freemem())
  // macOS counts as used what it would give up at once, and compresses what nobody looks at.
  return process.platform === 'darwin' ? Math.max(free, totalmem() * MACOS_FREE_SHARE) : free
}

async function diskFree(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch {
    // A folder that is not there yet, or a file system that does not say.
    return 0
  }
}
