import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLlamaEngine, type LlamaEngine } from '../../src/inference-child/llama-engine.ts'
import type { ToolBox, ToolSession } from '../../src/node/tools/contract.ts'
import { runWorkflow } from '../../src/node/workflow/run-workflow.ts'
import { parseWorkflow } from '../../src/protocol/workflow/parse.ts'
import * as sdk from '../../src/sdk/index.ts'
import { demoModelPath } from '../helpers/models.ts'

interface Sample {
  readonly singleton: sdk.Singleton<never, unknown>
  readonly input: unknown
  /** Tokens of each answer: what the demo model sees at once is 1,024 tokens, prompts included. */
  readonly maxTokens?: number
  /** More than that the result parses. */
  readonly check?: (output: never) => void
}

function sample<Input, Output>(
  singleton: sdk.Singleton<Input, Output>,
  input: Input,
  extra: { maxTokens?: number; check?: (output: Output) => void } = {},
): Sample {
  return { singleton: singleton as never, input, ...extra }
}

const context = 'Clara is a baker in Rome. She is 45 years old. Her brother Noah is a sailor in Lisbon.'
const samples: readonly Sample[] = [
  sample(sdk.Simple, { prompt: 'What is a node?' }),
  sample(
    sdk.Simple,
    { prompt: 'Write a JSON persona of a sailor.', schema: sdk.z.object({ name: sdk.z.string().max(20) }) },
    { check: (text) => expect(JSON.parse(text)).toEqual({ name: expect.any(String) }) },
  ),
  sample(
    sdk.SelfInstruct,
    {
      numInstructions: 2,
      criteriaForQueryGeneration: 'short questions about the sea',
      applicationDescription: 'an assistant that tells stories',
      context: 'a school',
    },
    { check: ({ instructions }) => expect(instructions.length).toBeLessThanOrEqual(2) },
  ),
  ...(
    ['FRESH_START', 'ADD_CONSTRAINTS', 'DEEPEN', 'CONCRETIZE', 'INCREASE_REASONING', 'SWITCH_TOPIC'] as const
  ).map((mutationType) =>
    sample(sdk.EvolveInstruct, { prompt: 'Write a story about the sea.', mutationType }),
  ),
  ...(['HELPFULNESS', 'RELEVANCE', 'DEEPENING', 'CREATIVITY', 'DETAILS'] as const).map((method) =>
    sample(sdk.EvolveQuality, { prompt: 'What is the moon?', response: 'The moon is a rock.', method }),
  ),
  sample(sdk.EvolveComplexity, { instruction: 'Write a poem about a piano.' }),
  sample(sdk.InstructionBacktranslation, {
    instruction: 'What is the capital of Italy?',
    generation: 'Rome is the capital of Italy.',
  }),
  sample(
    sdk.MagPie,
    { instructorPersona: 'a curious sailor', respondingPersona: 'a teacher', numTurns: 2 },
    { maxTokens: 80, check: ({ dialogue }) => expect(dialogue).toHaveLength(2) },
  ),
  sample(sdk.Clair, { task: 'What is 3 + 4?', studentSolution: '3 + 4 is 8.' }, { maxTokens: 120 }),
  sample(sdk.MultiHopQuestion, {
    chunks: ['Clara lives in Rome.', 'Rome is the capital of Italy.', 'Italy is in Europe.'],
  }),
  sample(
    sdk.GenerateSubtopics,
    { topic: 'the sea', numSubtopics: 4 },
    { check: ({ subtopics }) => expect(subtopics.length).toBeLessThanOrEqual(4) },
  ),
  sample(sdk.GenerateGraph, { context, maxRelations: 2 }),
  sample(sdk.GenerateCode, { instruction: 'Add two numbers', language: 'python' }),
  sample(sdk.IterateCode, {
    code: 'def add(a, b):\n    return a',
    instruction: 'Return the sum',
    language: 'python',
  }),
  sample(
    sdk.ValidatePrediction,
    { prediction: 'It is Rome.', correctAnswer: 'Rome' },
    { check: ({ validation }) => expect(validation).toBeTypeOf('boolean') },
  ),
  sample(sdk.EvaluatePrediction, { prediction: 'Rome', question: 'Where does Clara live?', context }),
  sample(sdk.SemanticTriplet, {
    unit: 'sentence',
    language: 'English',
    highScore: 4,
    lowScore: 2,
    difficulty: 'college',
  }),
  sample(
    sdk.TextRetrieval,
    {
      taskDescription: 'find stories about the sea',
      queryType: 'informational',
      queryLength: 'short',
      clarity: 'clear',
      numWords: 20,
      language: 'English',
      difficulty: 'high school',
    },
    { maxTokens: 120 },
  ),
  sample(
    sdk.QA,
    { context, numQuestions: 2 },
    { maxTokens: 80, check: ({ pairs }) => expect(pairs).toHaveLength(2) },
  ),
  sample(sdk.PersonaBio, {
    simulationDescription: 'a small town by the sea',
    personaTraits: ['age: 34', 'job: baker'],
  }),
  sample(
    sdk.PersonaBackstory,
    {
      simulationDescription: 'a small town by the sea',
      personaTraits: { age: ['19', '34', '45'], job: ['baker', 'sailor'] },
    },
    {
      check: ({ personaTraits }) =>
        expect(personaTraits).toEqual([
          expect.stringMatching(/^age: (19|34|45)$/),
          expect.stringMatching(/^job: (baker|sailor)$/),
        ]),
    },
  ),
  sample(
    sdk.ListExtender,
    { list: ['the sea', 'the moon', 'a castle'], newItems: 3 },
    {
      check: ({ extendedList }) =>
        expect(extendedList.slice(0, 3)).toEqual(['the sea', 'the moon', 'a castle']),
    },
  ),
  sample(
    sdk.WebSearch,
    { topic: 'the "moon"', mode: 'WIDE' },
    { maxTokens: 100, check: ({ notes }) => expect(notes).toHaveLength(3) },
  ),
  sample(sdk.WebSearch, { topic: 'the moon', readPages: true }, { maxTokens: 100 }),
  sample(
    sdk.Prompt({
      template: 'Extract the name, age and city as JSON: {{sentence}}',
      schema: sdk.z.object({
        name: sdk.z.string().max(24),
        age: sdk.z.int().min(0).max(150),
        city: sdk.z.string().max(24),
      }),
    }),
    { sentence: 'Clara is 45 years old and lives in Rome.' },
    { check: (output) => expect(output).toEqual({ name: 'Clara', age: 45, city: 'Rome' }) },
  ),
  sample(sdk.Prompt({ template: 'Write a poem about {{thing}}.' }), { thing: 'a dragon' }),
]

/** Tools as a node has them turned on; what is behind them is not what is tested here. */
const tools: ToolBox = {
  available: () => new Set(['serper', 'scraper'] as const),
  open: (): ToolSession => ({
    call: async () => 'The moon goes round the earth.',
    request: async () => 'nothing',
    search: async ({ query }) => `About ${query}: The moon is round. https://moon.example/`,
  }),
}

describe('the factory, on the demo model', () => {
  let engine: LlamaEngine

  beforeAll(async () => {
    engine = createLlamaEngine({ log: () => {} })
    await engine.load({ name: 'demo', path: demoModelPath, slots: 1, gpu: 'off', threads: 1 })
  })

  afterAll(() => engine.dispose())

  it('has every singleton that the SDK exports', () => {
    const names = new Set(samples.map(({ singleton }) => singleton.name))
    const exported = Object.values(sdk).flatMap((value) =>
      typeof value === 'object' && 'parseResult' in value ? [value.name] : [],
    )
    expect(exported.filter((name) => !names.has(name))).toEqual([])
    expect(exported).toHaveLength(22)
  })

  it.each(samples.flatMap((each) => [1, 2].map((seed) => ({ ...each, name: each.singleton.name, seed }))))(
    '$name parses, seed $seed',
    async ({ singleton, input, maxTokens, check, seed }) => {
      const workflow = singleton.workflow(input as never)
      const { result } = await runWorkflow({
        workflow: parseWorkflow(maxTokens === undefined ? workflow : sdk.withLimits(workflow, { maxTokens })),
        sampling: { seed },
        signal: AbortSignal.timeout(60_000),
        tools,
        generate: (request, options) => engine.generate({ ...request, model: 'demo' }, options),
      })
      const output = singleton.parseResult(result)
      expect(singleton.output.safeParse(output).success).toBe(true)
      check?.(output as never)
    },
  )
})
