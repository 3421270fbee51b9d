import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLlamaEngine, type LlamaEngine } from '../../src/inference-child/llama-engine.ts'
import { noTools } from '../../src/node/tools/no-tools.ts'
import { runWorkflow } from '../../src/node/workflow/run-workflow.ts'
import { parseWorkflow } from '../../src/protocol/workflow/parse.ts'
import {
  CustomTool,
  LlamaParser,
  NousParser,
  OpenAIParser,
  Push,
  parseFunctionCalls,
  toLlama,
  toNous,
  WorkflowBuilder,
  z,
} from '../../src/sdk/index.ts'
import { demoModelPath } from '../helpers/models.ts'

const weather = new CustomTool({
  name: 'weather',
  description: 'Tells the weather of a city.',
  parameters: z.object({ city: z.string().min(1).max(12), days: z.int().min(1).max(7).optional() }),
})
const clock = new CustomTool({ name: 'clock', description: 'Tells the time.', parameters: z.object({}) })
const functions = { weather: weather.parameters, clock: clock.parameters }

let engine: LlamaEngine

beforeAll(async () => {
  engine = createLlamaEngine({ log: () => {} })
  await engine.load({ name: 'demo', path: demoModelPath, slots: 1, gpu: 'off', threads: 1 })
})

afterAll(() => engine.dispose())

async function resultOf(builder: WorkflowBuilder, seed: number): Promise<string> {
  const { result } = await runWorkflow({
    workflow: parseWorkflow(builder.build()),
    sampling: { seed, temperature: 1.2 },
    signal: AbortSignal.timeout(60_000),
    tools: noTools,
    generate: (request, options) => engine.generate({ ...request, model: 'demo' }, options),
  })
  return result
}

it("reads the demo model's raw calls, typed, whatever it calls", async () => {
  const names = new Set<string>()
  for (let seed = 1; seed <= 8; seed++) {
    const result = await resultOf(
      new WorkflowBuilder()
        .functionCallingStep({
          raw: true,
          prompt: 'What is the weather in Rome?',
          outputs: [Push.new('calls')],
        })
        .setTools([])
        .addCustomTool(weather)
        .addCustomTool(clock)
        .setReturnValue('calls', { toJson: false }),
      seed,
    )
    const calls = parseFunctionCalls(result, { functions })
    expect(calls).toHaveLength(1)
    for (const { name } of calls) names.add(name)
    expect(OpenAIParser.parse(result)).toEqual(calls)
    expect(LlamaParser.parse(toLlama(calls))).toEqual(calls)
    expect(NousParser.parse(toNous(calls))).toEqual(calls)
    const [call] = calls
    if (call?.name === 'weather') expect(weather.parseCall(result)).toEqual(call.arguments)
    else expect(() => weather.parseCall(result)).toThrow('no call of weather')
  }
  expect([...names].every((name) => name in functions)).toBe(true)
})

it('reads all the calls of a stack', async () => {
  const ask = { raw: true, prompt: 'What is the weather in Rome?', outputs: [Push.new('calls')] }
  const result = await resultOf(
    new WorkflowBuilder()
      .functionCallingStep(ask)
      .functionCallingStep(ask)
      .setTools([])
      .addCustomTool(weather)
      .setReturnValue('calls'),
    3,
  )
  expect(parseFunctionCalls(result, { functions }).map(({ name }) => name)).toEqual(['weather', 'weather'])
})
