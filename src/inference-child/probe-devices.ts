import { existsSync } from 'node:fs'
import { cpus, freemem, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { getLlama, type Llama, LlamaLogLevel } from 'node-llama-cpp'
import type { FoundDevice, ProbeFinding } from '../node/inference/contract.ts'
import type { DeviceKind, GpuBackend } from '../protocol/device-views.ts'
import { adaptTo, isSoftware, type WantedGpu } from './llama-backend.ts'

/** What ggml says of each Vulkan device as it takes hold of it: name, driver, whether it shares the computer's memory. */
const VULKAN_LINE = /^ggml_vulkan: \d+ = (?<name>.*) \((?<driver>[^()]*)\) \| uma: (?<shared>\d)/
/** Lines kept to explain a failure. */
const MAX_LINES = 200
/** Enough to see whether the device computes. */
const TRIAL_CONTEXT_TOKENS = 256
const TRIAL_PROMPT = 'Once upon a time, there was a small computer that wanted to help.'
const TRIAL_TOKENS = 3

/**
 * What llama.cpp finds with the devices that this process's environment lets it see. With a model, all of its layers
 * are put on them and a few tokens are computed. The process ought to be thrown away afterwards: a driver that failed
 * once may do so again.
 */
export async function probeDevices(gpu: WantedGpu, modelPath: string | undefined): Promise<ProbeFinding> {
  if (gpu === 'off') return probeProcessor()
  const lines: string[] = []
  let llama: Llama
  try {
    llama = await open(gpu, lines)
  } catch (cause) {
    return noLibrary(gpu, lines, cause)
  }
  if (llama.gpu === false || !llama.supportsGpuOffloading) {
    return { ok: false, problem: 'no_device', message: noDevice(gpu, lines) }
  }
  const devices = await devicesOf(llama, lines)
  if (modelPath === undefined) return { ok: true, devices }
  adaptTo(devices.map(({ name }) => name))
  try {
    await compute(llama, modelPath)
  } catch (cause) {
    const message = `A small model cannot be computed on it: ${errors(lines) ?? told(cause)}`
    return { ok: false, problem: 'failed', message }
  }
  return { ok: true, devices }
}

async function probeProcessor(): Promise<ProbeFinding> {
  try {
    await open('off', [])
  } catch (cause) {
    return { ok: false, problem: 'failed', message: `llama.cpp cannot be started: ${told(cause)}` }
  }
  const name = cpus()[0]?.model.trim() ?? ''
  const device = { name: name === '' ? 'CPU' : name, totalBytes: totalmem(), freeBytes: freemem() }
  return { ok: true, devices: [{ ...device, kind: 'cpu' }] }
}

function open(gpu: WantedGpu, lines: string[]): Promise<Llama> {
  return getLlama({
    gpu: gpu === 'off' ? false : gpu,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: LlamaLogLevel.debug,
    logger: (level, message) => {
      const isError = level === LlamaLogLevel.error || level === LlamaLogLevel.fatal
      if (lines.length < MAX_LINES) lines.push(isError ? `error: ${message.trim()}` : message.trim())
    },
  })
}

async function devicesOf(llama: Llama, lines: readonly string[]): Promise<FoundDevice[]> {
  const names = await llama.getGpuDeviceNames()
  const { total, free, unifiedSize } = await llama.getVramState()
  await settled()
  const vulkan = lines.map((line) => VULKAN_LINE.exec(line)?.groups).filter((groups) => groups !== undefined)
  return names.map((name, index) => {
    const driver = vulkan[index]?.['driver']
    const shared = unifiedSize > 0 || vulkan[index]?.['shared'] === '1'
    return {
      name,
      kind: kindOf(name, driver, shared),
      // llama.cpp tells the sum; of one device alone it is exact.
      totalBytes: Math.floor(total / names.length),
      freeBytes: Math.floor(free / names.length),
      ...(driver !== undefined && driver !== '' && { driver }),
    }
  })
}

function kindOf(name: string, driver: string | undefined, shared: boolean): DeviceKind {
  if (isSoftware(name) || isSoftware(driver ?? '')) return 'software'
  return shared ? 'integrated' : 'discrete'
}

async function compute(llama: Llama, modelPath: string): Promise<void> {
  const model = await llama.loadModel({ modelPath, gpuLayers: 'max' })
  const context = await model.createContext({ contextSize: TRIAL_CONTEXT_TOKENS, threads: 1 })
  // A prompt is read by other kernels than those that write.
  const prompt = model.tokenize(TRIAL_PROMPT)
  let written = 0
  for await (const _ of context.getSequence().evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
    if (++written >= TRIAL_TOKENS) break
  }
}

function noLibrary(gpu: WantedGpu, lines: readonly string[], cause: unknown): ProbeFinding {
  if (gpu === 'off' || gpu === 'auto') return { ok: false, problem: 'failed', message: told(cause) }
  if (!hasLibrary(gpu)) {
    const message = `This installation of Driad has no library for ${gpu} on ${process.platform} ${process.arch}`
    return { ok: false, problem: 'library_missing', message }
  }
  const complaint = errors(lines)
  const only = process.env[gpu === 'cuda' ? 'CUDA_VISIBLE_DEVICES' : 'GGML_VK_VISIBLE_DEVICES']
  if (gpu !== 'metal' && only !== undefined) {
    // ggml fails altogether where it is to see a number that there is not.
    const message = `There is no device with the number ${only} for ${gpu}, or its driver does not work`
    return { ok: false, problem: 'driver_missing', message }
  }
  const message = `llama.cpp cannot use ${gpu} here${complaint === undefined ? '' : `: ${complaint}`}. ${REMEDIES[gpu]}`
  return { ok: false, problem: 'driver_missing', message }
}

const REMEDIES: Readonly<Record<GpuBackend, string>> = {
  cuda: 'Its driver is missing, too old or broken: install the newest from NVIDIA',
  vulkan: 'The Vulkan loader or a driver is missing or broken: install the driver of your graphics card',
  metal: 'This Mac has no graphics that Metal can compute on',
}

/** node-llama-cpp says the same of a missing library and of one that does not work; the package tells them apart. */
function hasLibrary(gpu: GpuBackend): boolean {
  const platforms: Partial<Record<NodeJS.Platform, string>> = { darwin: 'mac', linux: 'linux', win32: 'win' }
  const name = `@node-llama-cpp/${platforms[process.platform]}-${process.arch}-${gpu}`
  try {
    // An Apple processor's one library is that for Metal, under whatever name.
    return gpu === 'metal' || existsSync(fileURLToPath(import.meta.resolve(name)))
  } catch {
    return false
  }
}

function noDevice(gpu: WantedGpu, lines: readonly string[]): string {
  const complaint = errors(lines)
  return `llama.cpp found no device for ${gpu}${complaint === undefined ? '' : `: ${complaint}`}`
}

function errors(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => line.startsWith('error: '))?.slice('error: '.length)
}

function told(cause: unknown): string {
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}

/** llama.cpp's lines come by the event loop. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LINES_SETTLE_MS))
}
const LINES_SETTLE_MS = 20
