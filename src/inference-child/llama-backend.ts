import { availableParallelism } from 'node:os'
import { getLlama, type Llama, LlamaLogLevel } from 'node-llama-cpp'
import type { GpuBackend } from '../protocol/device-views.ts'
import type { ComputeTurns } from './decoder/compute-turns.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type Log = (level: LogLevel, message: string) => void

/** What to load: for any GPU there is, for none, or for this one and no other. */
export type WantedGpu = 'auto' | 'off' | GpuBackend

const LEVELS: Partial<Record<LlamaLogLevel, LogLevel>> = {
  [LlamaLogLevel.fatal]: 'error',
  [LlamaLogLevel.error]: 'error',
  [LlamaLogLevel.warn]: 'warn',
  [LlamaLogLevel.info]: 'info',
}

/** Lines of llama.cpp that are kept to explain a failed load. */
const KEPT_LINES = 8

/**
 * Memory of a GPU that is never planned with: its driver, the desktop and other programs take more as they go, and a
 * GPU without memory fails in ways that end the process.
 */
const VRAM_MARGIN_SHARE = 0.08
const MIN_VRAM_MARGIN_BYTES = 256 * 1024 ** 2
const MAX_VRAM_MARGIN_BYTES = 1536 * 1024 ** 2

/** The loaded native library: with a GPU where one works, else for the CPU. */
export interface Backend {
  readonly llama: Llama
  /** Name of the GPU, or of all that it splits layers over; absent without one that can take layers. */
  readonly gpuName?: string
  /** Whose turn it is to compute with it. */
  readonly turns: ComputeTurns
  /** Cores that threads of llama.cpp may share; how many each model uses is measured. */
  readonly cores: number
  /** What llama.cpp complained about since the last call. */
  takeComplaints(): readonly string[]
}

/** Loads a prebuilt llama.cpp; never downloads or compiles one. Throws where the GPU that is asked for is not there. */
export async function loadBackend(
  gpu: WantedGpu,
  { log, turns }: { log: Log; turns: ComputeTurns },
): Promise<Backend> {
  let complaints: string[] = []
  const options = {
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.warn,
    vramPadding: vramMargin,
    logger: (level: LlamaLogLevel, message: string) => {
      const text = message.trim()
      if (text === '') return
      if (level === LlamaLogLevel.error || level === LlamaLogLevel.fatal) {
        complaints = [...complaints.slice(1 - KEPT_LINES), text]
      }
      log(LEVELS[level] ?? 'debug', `llama.cpp: ${text}`)
    },
  } as const
  let llama = await getLlama({ ...options, gpu: gpu === 'off' ? false : gpu })
  if (llama.gpu !== false && !llama.supportsGpuOffloading) {
    if (gpu !== 'auto') throw new Error(`llama.cpp found no device for ${gpu}`)
    // The library for the GPU is there, the GPU is not. On the CPU alone, several models can work at once.
    log('info', `llama.cpp was built for ${llama.gpu} but found no device, so the CPU is used`)
    await llama.dispose()
    llama = await getLlama({ ...options, gpu: false })
  }
  const cores = Math.max(1, Math.min(llama.cpuMathCores, availableParallelism()))
  llama.maxThreads = cores
  const gpuNames = llama.gpu === false ? [] : await llama.getGpuDeviceNames()
  adaptTo(gpuNames)
  return {
    llama,
    ...(gpuNames.length > 0 && { gpuName: gpuNames.join(' + ') }),
    turns,
    cores,
    takeComplaints: () => complaints.splice(0),
  }
}

/** Names of processors that pass themselves off as GPUs. */
const SOFTWARE_NAMES = /llvmpipe|lavapipe|swiftshader|microsoft basic render/i

export function isSoftware(name: string): boolean {
  return SOFTWARE_NAMES.test(name)
}

/** llvmpipe crashes in fused kernels as soon as a prompt is read. ggml looks at this when the first model is loaded. */
export function adaptTo(gpuNames: readonly string[]): void {
  if (gpuNames.some(isSoftware)) process.env['GGML_VK_DISABLE_FUSION'] ??= '1'
}

function vramMargin(totalBytes: number): number {
  // Of a GPU that is that small, the least margin would leave nothing.
  if (totalBytes < 4 * MIN_VRAM_MARGIN_BYTES) return Math.floor(totalBytes * VRAM_MARGIN_SHARE)
  const share = Math.floor(totalBytes * VRAM_MARGIN_SHARE)
  return Math.min(MAX_VRAM_MARGIN_BYTES, Math.max(MIN_VRAM_MARGIN_BYTES, share))
}
