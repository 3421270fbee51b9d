import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { type BenchTarget, PROMPT, type Timing } from './targets.ts'

const START_TIMEOUT_MS = 60_000

export interface LlamaServerInit {
  /** The program. */
  readonly path: string
  readonly model: string
  readonly slots: number
  /** Of one slot. */
  readonly contextSize: number
  readonly threads: number
}

/** llama.cpp's own server, asked over HTTP as its users do: by its chat template, streamed, greedily, reusing prompts. */
export async function llamaServerTarget(init: LlamaServerInit): Promise<BenchTarget> {
  const port = await freePort()
  const { slots, contextSize, threads } = init
  const child = spawn(
    init.path,
    [
      ...['--model', init.model, '--host', '127.0.0.1', '--port', String(port)],
      ...['--parallel', String(slots), '--ctx-size', String(slots * contextSize)],
      ...['--threads', String(threads), '--threads-batch', String(threads)],
      ...['--batch-size', '512', '--ubatch-size', '512', '--flash-attn', 'on', '--gpu-layers', '0'],
    ],
    { stdio: 'ignore' },
  )
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async () => {
    child.kill('SIGKILL')
    await ended
  }
  try {
    await untilHealthy(`http://127.0.0.1:${port}/health`, ended)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    name: "llama.cpp's server",
    ask: (maxTokens, prompt = PROMPT) =>
      ask(`http://127.0.0.1:${port}/v1/chat/completions`, prompt, maxTokens),
    [Symbol.asyncDispose]: stop,
  }
}

async function ask(url: string, prompt: string, maxTokens: number): Promise<Timing> {
  const startedAt = performance.now()
  const answer = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({
      messages: [{ role: 'user', content: prompt }],
      max_tokens: maxTokens,
      temperature: 0,
      ignore_eos: true,
      stream: true,
      stream_options: { include_usage: true },
      cache_prompt: true,
    }),
  })
  if (!answer.ok || answer.body === null) throw new Error(`llama-server says ${answer.status}`)
  let firstTokenMs: number | undefined
  let lastTokenMs = 0
  let tail = ''
  for await (const bytes of answer.body) {
    const text = Buffer.from(bytes).toString()
    lastTokenMs = performance.now() - startedAt
    // Its first piece has the role only.
    if (/"content":"[^"]/.test(text)) firstTokenMs ??= lastTokenMs
    tail = `${tail}${text}`.slice(-8192)
  }
  const endMs = performance.now() - startedAt
  const tokens = Number(/"completion_tokens":(\d+)/.exec(tail)?.[1] ?? 0)
  if (tokens !== maxTokens) throw new Error(`llama-server wrote ${tokens} of ${maxTokens} tokens`)
  return { firstTokenMs: firstTokenMs ?? endMs, lastTokenMs, endMs, tokens }
}

async function untilHealthy(url: string, ended: Promise<void>): Promise<void> {
  const gone = ended.then(() => {
    throw new Error('llama-server ended before it was ready')
  })
  const signal = AbortSignal.timeout(START_TIMEOUT_MS)
  const healthy = async () => {
    while (true) {
      signal.throwIfAborted()
      try {
        if ((await fetch(url, { signal })).ok) return
      } catch {
        // Not listening yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  await Promise.race([healthy(), gone])
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
