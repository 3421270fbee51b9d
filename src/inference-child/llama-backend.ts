import { availableParallelism } from 'node:os'
import { getLlama, type Llama, LlamaLogLevel } from 'node-llama-cpp'
import type { ComputeTurns } from './decoder/compute-turns.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type Log = (level: LogLevel, message: string) => void

const LEVELS: Partial<Record<LlamaLogLevel, LogLevel>> = {
  [LlamaLogLevel.fatal]: 'error',
  [LlamaLogLevel.error]: 'error',
  [LlamaLogLevel.warn]: 'warn',
  [LlamaLogLevel.info]: 'info',
}

/** Lines of llama.cpp that are kept to explain a failed load. */
const KEPT_LINES = 8

/** The loaded native library: with a GPU where one works, else for the CPU. */
export interface Backend {
  readonly llama: Llama
  /** Name of the first GPU; absent without one that can take layers. */
  readonly gpuName?: string
  /** Whose turn it is to compute with it. */
  readonly turns: ComputeTurns
  /** Cores that threads of llama.cpp may share; how many each model uses is measured. */
  readonly cores: number
  /** What llama.cpp complained about since the last call. */
  takeComplaints(): readonly string[]
}

/** Loads a prebuilt llama.cpp; never downloads or compiles one. */
export async function loadBackend(
  gpu: 'auto' | 'off',
  { log, turns }: { log: Log; turns: ComputeTurns },
): Promise<Backend> {
  let complaints: string[] = []
  const options = {
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.warn,
    logger: (level: LlamaLogLevel, message: string) => {
      const text = message.trim()
      if (text === '') return
      if (level === LlamaLogLevel.error || level === LlamaLogLevel.fatal) {
        complaints = [...complaints.slice(1 - KEPT_LINES), text]
      }
      log(LEVELS[level] ?? 'debug', `llama.cpp: ${text}`)
    },
  } as const
  let llama = await getLlama({ ...options, gpu: gpu === 'auto' ? 'auto' : false })
  if (llama.gpu !== false && !llama.supportsGpuOffloading) {
    // The library for the GPU is there, the GPU is not. On the CPU alone, several models can work at once.
    log('info', `llama.cpp was built for ${llama.gpu} but found no device, so the CPU is used`)
    await llama.dispose()
    llama = await getLlama({ ...options, gpu: false })
  }
  const cores = Math.max(1, Math.min(llama.cpuMathCores, availableParallelism()))
  llama.maxThreads = cores
  const gpuName = llama.gpu === false ? undefined : (await llama.getGpuDeviceNames())[0]
  return {
    llama,
    ...(gpuName !== undefined && { gpuName }),
    turns,
    cores,
    takeComplaints: () => complaints.splice(0),
  }
}
