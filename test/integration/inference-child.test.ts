import { type ChildProcess, fork, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { GenerateOptions, GenerateRequest } from '../../src/node/inference/contract.ts'
import { createInferenceSupervisor, type InferenceSupervisor } from '../../src/node/inference/supervisor.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { demoModelPath } from '../helpers/models.ts'
import { recordingLogger } from '../helpers/recording-logger.ts'

const { logger, lines } = recordingLogger()
let supervisor: InferenceSupervisor

beforeAll(async () => {
  supervisor = createInferenceSupervisor({ launch: launchInferenceChild(logger), logger })
  await supervisor.load({ name: 'demo', path: demoModelPath, slots: 4, gpu: 'auto' })
})
afterAll(() => supervisor.stop())

const ask = (content: string, extra: Partial<GenerateRequest> = {}, options: GenerateOptions = {}) =>
  supervisor.generate(
    { model: 'demo', messages: [{ role: 'user', content }], maxTokens: 100, temperature: 0, ...extra },
    options,
  )
/** Long enough to be killed in the middle of. */
const rambling = { temperature: 2, seed: 3, maxTokens: 900 }

describe('the inference child', () => {
  it('answers, and sends its text in pieces', async () => {
    const pieces: string[] = []
    const result = await ask('Who are you?', {}, { onText: ({ text }) => pieces.push(text) })
    expect(result.text).toMatch(/^I am the built-in demo model/)
    expect(pieces.join('')).toBe(result.text)
    expect(supervisor.state()).toMatchObject({ state: 'ready', pid: expect.any(Number) })
    expect(supervisor.model('demo')).toMatchObject({ state: 'ready', loaded: { slots: 4 } })
  })

  it('passes errors on with their code and what is wrong', async () => {
    await expect(ask('Hi', { schema: { type: 'text' } })).rejects.toMatchObject({
      code: 'bad_workflow',
      issues: [{ path: 'schema.type', found: '"text"' }],
    })
    await expect(ask('word '.repeat(3000))).rejects.toMatchObject({ code: 'context_exceeded' })
    const absent = { name: 'absent', path: '/absent.gguf', slots: 1, gpu: 'off' as const }
    await expect(supervisor.load(absent)).rejects.toMatchObject({ code: 'model_not_found' })
  })

  it('aborts, and goes on with the next', async () => {
    const controller = new AbortController()
    const running = ask('Write a short story about a dragon.', rambling, {
      signal: controller.signal,
      onText: () => controller.abort(new Error('Enough')),
    })
    await expect(running).rejects.toThrow('Enough')
    expect((await ask('Who are you?')).text).toMatch(/demo model/)
  })

  it('is started again when it is killed in the middle of its work', async () => {
    const before = supervisor.state()
    const running = ask('Write a short story about a dragon.', rambling, {
      onText: () => process.kill(supervisor.state().pid ?? 0, 'SIGKILL'),
    })
    await expect(running).rejects.toMatchObject({ code: 'inference_crashed' })
    const again = await ask('Who are you?')
    expect(again.text).toMatch(/^I am the built-in demo model/)
    expect(supervisor.state()).toMatchObject({ state: 'ready', restarts: before.restarts + 1 })
    expect(supervisor.state().pid).not.toBe(before.pid)
    expect(lines.some(({ level, message }) => level === 'error' && message.includes('SIGKILL'))).toBe(true)
  })
})

it('ends with whoever started it, even if that is killed', async () => {
  const program = fileURLToPath(new URL('../fixtures/orphaning-parent.ts', import.meta.url))
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning']
  const parent: ChildProcess = spawn(process.execPath, [...flags, program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const pid = await new Promise<number>((resolve, reject) => {
      parent.once('exit', () => reject(new Error('The parent ended before its child was ready')))
      if (parent.stdout !== null) createInterface(parent.stdout).once('line', (line) => resolve(Number(line)))
    })
    expect(() => process.kill(pid, 0)).not.toThrow()
    parent.removeAllListeners('exit')
    parent.kill('SIGKILL')
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(/ESRCH/), { timeout: 20_000 })
  } finally {
    parent.kill('SIGKILL')
  }
})

it('ends by itself where whoever started it is gone before it could listen', async () => {
  const entry = fileURLToPath(new URL('../../src/inference-child/index.ts', import.meta.url))
  const child = fork(entry, [], {
    execArgv: ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'],
    stdio: 'ignore',
  })
  const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)))
  try {
    child.disconnect()
    expect(await ended).toBe(0)
  } finally {
    child.kill('SIGKILL')
  }
})
