// Runs each of the hostile workflows through parse and run, and prints what it took, a line of JSON each.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { runWorkflow } from '../../src/node/workflow/run-workflow.ts'
import { DriadError } from '../../src/protocol/errors.ts'
import { parseWorkflow } from '../../src/protocol/workflow/parse.ts'
import { hostileWorkflows } from './hostile-workflows.ts'
import { letterVector } from './letter-vector.ts'

const { gc } = globalThis
if (gc === undefined) throw new Error('Run it with --expose-gc')
const heapBytes = () => {
  gc()
  return process.memoryUsage().heapUsed
}

for (const [name, { make }] of Object.entries(hostileWorkflows)) {
  const given = make()
  const before = heapBytes()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await new Promise((resolve) => setTimeout(resolve, 2))
  const startedAt = performance.now()
  let end: string
  try {
    const { result } = await runWorkflow({
      workflow: parseWorkflow(given),
      sampling: { seed: 1 },
      signal: new AbortController().signal,
      generate: async ({ messages }) => ({
        text: messages.map((message) => (message.role === 'call' ? '' : message.content)).join('\n'),
        promptTokens: 1,
        completionTokens: 1,
        stopReason: 'stop',
        totalMs: 0,
      }),
      embed: async ({ texts }) => ({ vectors: texts.map(letterVector), promptTokens: texts.length }),
    })
    end = typeof result === 'string' ? 'result' : typeof result
  } catch (error) {
    end = error instanceof DriadError ? error.code : `untyped: ${String(error)}`
  }
  const ms = performance.now() - startedAt
  // Once round the event loop, so that what blocked it last is seen.
  await new Promise((resolve) => setTimeout(resolve, 2))
  delay.disable()
  const polluted = 'polluted' in {}
  const grownBytes = heapBytes() - before
  process.stdout.write(
    `${JSON.stringify({ name, end, ms, blockedMs: delay.max / 1e6, grownBytes, polluted })}\n`,
  )
}
