import { CHILD_GPU_VARIABLE } from '../protocol/child-environment.ts'
import { createLlamaEngine } from './llama-engine.ts'
import { openParentPort } from './parent-port.ts'
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

  const engine = createLlamaEngine(
    { log: (level, message) => port.send({ type: 'log', level, message }) },
    { gpu: process.env[CHILD_GPU_VARIABLE] === 'off' ? 'off' : 'auto' },
  )
  serveEngine({ port, engine }, { onShutdown: () => process.exit(0) })
  const backend = await engine.warmUp()
  port.send({ type: 'ready', pid: process.pid, backend, residentBytes: process.memoryUsage.rss() })
}
