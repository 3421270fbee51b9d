import {
  CHILD_GPU_VARIABLE,
  CHILD_PROBE_MODEL_VARIABLE,
  CHILD_PROBE_VARIABLE,
} from '../protocol/child-environment.ts'
import { gpuBackends } from '../protocol/device-views.ts'
import type { WantedGpu } from './llama-backend.ts'
import { createLlamaEngine } from './llama-engine.ts'
import { openParentPort } from './parent-port.ts'
import { probeDevices } from './probe-devices.ts'
import { serveEngine } from './serve-engine.ts'

/** Exit codes: 70 is EX_SOFTWARE of sysexits, an internal error. */
const EXIT_BUG = 70

/** The whole life of the inference process. */
export async function runInferenceChild(): Promise<void> {
  const port = openParentPort()
  const die = (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    process.stderr.write(`The inference process fails: ${text}\n`, () => process.exit(EXIT_BUG))
  }
  process.on('uncaughtException', die)
  process.on('unhandledRejection', die)
  port.onClose(() => process.exit(0))

  const gpu = wantedGpu(process.env[CHILD_GPU_VARIABLE])
  if (process.env[CHILD_PROBE_VARIABLE] !== undefined) {
    // Whoever asked ends this process as soon as it has the answer.
    port.send({ type: 'probed', finding: await probeDevices(gpu, process.env[CHILD_PROBE_MODEL_VARIABLE]) })
    return
  }
  const engine = createLlamaEngine(
    { log: (level, message) => port.send({ type: 'log', level, message }) },
    { gpu },
  )
  serveEngine({ port, engine }, { onShutdown: () => process.exit(0) })
  const backend = await engine.warmUp()
  port.send({ type: 'ready', pid: process.pid, backend, residentBytes: process.memoryUsage.rss() })
}

function wantedGpu(text: string | undefined): WantedGpu {
  if (text === 'off') return 'off'
  return gpuBackends.find((backend) => backend === text) ?? 'auto'
}
