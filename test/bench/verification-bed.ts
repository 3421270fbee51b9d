import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createLlamaEngine } from '../../src/inference-child/llama-engine.ts'
import type { GenerateRequest, InferenceEngine, ScoreResult } from '../../src/node/inference/contract.ts'
import { createInferenceSupervisor } from '../../src/node/inference/supervisor.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import type { SamplingOptions } from '../../src/protocol/sampling.ts'
import { cheats, type NodeEngine } from '../helpers/cheating-engine.ts'
import { madeShapes } from '../helpers/gguf-architectures.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { makeGguf } from '../helpers/make-gguf.ts'
import { demoModelPath, storiesModelPath } from '../helpers/models.ts'
import { requantise } from '../helpers/requantise.ts'
import { findSoftwareGpu, softwareGpuIn } from '../helpers/software-gpu.ts'

const LEAST_ANSWERS = 4
const CONTEXT_TOKENS = 512
const SLOTS = 8
export const samplings: Readonly<Record<string, SamplingOptions>> = {
  'likeliest tokens': { temperature: 0 },
  'seed, 1.0': { temperature: 1 },
}

/** Inputs that thresholds of one answer, and of many, are set by, and others. */
export type Phase = 'setting' | 'other' | 'proof'
/** Nothing that sets a threshold is among what its rates are measured on. */
const words: Readonly<Record<Phase, { readonly who: readonly string[]; readonly what: readonly string[] }>> =
  {
    setting: {
      who: ['dragon', 'sailor', 'teacher', 'fox', 'robot', 'queen', 'farmer', 'ghost'],
      what: ['a lamp', 'the sea', 'a lost key', 'winter', 'a red door', 'bread', 'a storm', 'music'],
    },
    other: {
      who: ['bear', 'pilot', 'gardener', 'cat', 'giant', 'prince', 'doctor', 'wolf', 'painter', 'child'],
      what: ['a map', 'the moon', 'an old coin', 'summer', 'a bridge', 'honey', 'a river', 'a song', 'snow'],
    },
    proof: {
      who: [
        'mouse',
        'baker',
        'knight',
        'whale',
        'tailor',
        'witch',
        'monkey',
        'clock',
        'soldier',
        'lion',
        'girl',
      ],
      what: [
        'a letter',
        'rain',
        'a tall tree',
        'the night',
        'a mirror',
        'salt',
        'an island',
        'a drum',
        'a cake',
      ],
    },
  }
const seeds: Readonly<Record<Phase, number>> = { setting: 1_000_000, other: 2_000_000, proof: 4_000_000 }
const forms = [
  (who: string, what: string) => `Write a short story about a ${who} and ${what}.`,
  (who: string, what: string) => `Explain what a ${who} does with ${what}.`,
  (who: string, what: string) => `Once there was a ${who} who dreamed of ${what}.`,
]

export interface Model {
  readonly name: string
  readonly path: string
  /** Other files that a cheat runs in its place. */
  readonly smaller: Readonly<Record<string, string>>
  /** Share of the answers asked for. */
  readonly share: number
  /** Tokens of an answer, at most. */
  readonly lengths: readonly number[]
  /** Its heads are large enough for keys and values of fewer bits. */
  readonly smallCache: boolean
}

/** One answer and how it looks to the one who checks. */
export interface Sample {
  readonly request: GenerateRequest
  readonly scored: ScoreResult
  readonly claimed: { readonly promptTokens: number; readonly completionTokens: number }
  /** Log-probabilities of its tokens as they were where it was made. */
  readonly told: readonly number[]
}

export interface Runner {
  readonly engine: NodeEngine
  readonly model: string
  readonly atOnce: number
  /** Takes long: so much fewer answers. */
  readonly share?: number
  /** A cheat that one answer may not show. */
  readonly subtle?: boolean
  /** Where tokens are not drawn it does nothing. */
  readonly drawnOnly?: boolean
}

export interface TestBed extends AsyncDisposable {
  readonly checker: { readonly engine: NodeEngine; readonly model: string }
  readonly honest: readonly (readonly [string, Runner])[]
  readonly cheats: readonly (readonly [string, Runner])[]
}

export async function openTestBed(folder: string, model: Model): Promise<TestBed> {
  const logs = createLogger({ level: 'error' })
  const engine = createLlamaEngine({ log: () => undefined })
  const closing: (() => Promise<unknown>)[] = [() => engine.dispose(), () => logs.close()]
  const load = (name: string, path: string, more: { threads?: number; kvType?: 'q8_0' } = {}) =>
    engine.load({ name, path, slots: SLOTS, contextSize: CONTEXT_TOKENS, gpu: 'off', threads: 1, ...more })
  await load('checker', model.path)
  await load('one', model.path)
  await load('two', model.path, { threads: 2 })
  const honest: [string, Runner][] = [
    ['1 thread', { engine, model: 'one', atOnce: 1 }],
    ['4 at once', { engine, model: 'one', atOnce: 4 }],
    ['8 at once', { engine, model: 'one', atOnce: 8 }],
  ]
  if (model.smallCache) {
    await load('kv', model.path, { kvType: 'q8_0' })
    honest.push(['keys and values in q8_0', { engine, model: 'kv', atOnce: 4 }])
  }
  const vulkan = await openVulkan(folder, model, closing)
  if (vulkan !== undefined)
    honest.push(['Vulkan (llvmpipe), 1', vulkan], ['Vulkan (llvmpipe), 4', { ...vulkan, atOnce: 4 }])
  // Where other processes keep the cores busy, two threads wait for each other most of the time.
  honest.push(['2 threads', { engine, model: 'two', atOnce: 1, share: 0.1 }])
  const cheating: [string, Runner][] = []
  const cheat = (row: string, made: NodeEngine, more: Pick<Runner, 'subtle' | 'drawnOnly'> = {}) =>
    cheating.push([row, { engine: made, model: 'one', atOnce: 4, ...more }])
  for (const [row, path] of Object.entries(model.smaller)) {
    await load(row, path)
    cheat(row, cheats.otherModel(engine, row), { subtle: row.startsWith('in ') })
  }
  cheat('half an answer', halved(engine))
  cheat('a canned answer', cheats.canned(engine))
  cheat('one answer for each prompt', cheats.cached(engine), { subtle: true, drawnOnly: true })
  cheat('the prompt is ignored', cheats.promptIgnored(engine))
  cheat('the likeliest tokens instead', greedy(engine), { subtle: true, drawnOnly: true })
  cheat('tokens are made up', cheats.overcounted(engine))
  return {
    checker: { engine, model: 'checker' },
    honest,
    cheats: cheating,
    [Symbol.asyncDispose]: async () => {
      for (const close of closing.toReversed()) await close()
    },
  }
}

/** The same model on Mesa's llvmpipe, in a process of its own. */
async function openVulkan(
  folder: string,
  model: Model,
  closing: (() => Promise<unknown>)[],
): Promise<Runner | undefined> {
  const description = findSoftwareGpu()
  if (description === undefined) return undefined
  const logs = createLogger({ level: 'error' })
  const { env } = softwareGpuIn(folder, description)
  const engine: InferenceEngine & { stop(): Promise<void> } = createInferenceSupervisor({
    logger: logs.logger,
    launch: launchInferenceChild(logs.logger, env),
  })
  closing.push(() => engine.stop().then(() => logs.close()))
  const { gpuLayers, totalLayers } = await engine.load({
    name: 'vulkan',
    path: model.path,
    slots: 4,
    contextSize: CONTEXT_TOKENS,
    gpu: 'auto',
  })
  if (gpuLayers === totalLayers) return { engine, model: 'vulkan', atOnce: 1, share: 0.3 }
  console.warn(`Only ${gpuLayers} of ${totalLayers} layers went to Vulkan: it is left out`)
  return undefined
}

function greedy(engine: NodeEngine): NodeEngine {
  return {
    ...bound(engine),
    generate: (request, options) => engine.generate({ ...request, temperature: 0 }, options),
  }
}

/** What half of the tokens come to; a node cannot know how long the whole answer would have been. */
function halved(engine: NodeEngine): NodeEngine {
  return {
    ...bound(engine),
    generate: (request, options) =>
      engine.generate({ ...request, maxTokens: Math.ceil(request.maxTokens / 2) }, options),
  }
}

function bound(engine: NodeEngine): NodeEngine {
  return {
    generate: (request, options) => engine.generate(request, options),
    embed: (request, options) => engine.embed(request, options),
    score: (request, options) => engine.score(request, options),
  }
}

export async function take(
  bed: TestBed,
  { engine, model, atOnce, share = 1 }: Runner,
  how: { sampling: SamplingOptions; phase: Phase; maxTokens: number; answers: number },
): Promise<Sample[]> {
  const count = Math.max(LEAST_ANSWERS, Math.round(how.answers * share))
  const samples: Sample[] = []
  for (let from = 0; from < count; from += atOnce) {
    const indexes = Array.from({ length: Math.min(atOnce, count - from) }, (_, index) => from + index)
    const made = await Promise.all(
      indexes.map(async (index) => {
        const request = requestOf(index, how)
        return { request, answer: await engine.generate({ ...request, model, logProbabilities: 0 }) }
      }),
    )
    for (const { request, answer } of made) {
      const { text, promptTokens, completionTokens, logProbabilities = [] } = answer
      const scored = await bed.checker.engine.score({ ...request, model: bed.checker.model, text })
      const told = logProbabilities.map(({ logProbability }) => logProbability)
      samples.push({ request, scored, claimed: { promptTokens, completionTokens }, told })
    }
  }
  return samples
}

function requestOf(
  index: number,
  { sampling, phase, maxTokens }: { sampling: SamplingOptions; phase: Phase; maxTokens: number },
): GenerateRequest {
  const { who, what } = words[phase]
  const form = forms[index % forms.length] ?? forms[0]
  const at = Math.floor(index / forms.length)
  const prompt = form?.(
    who[at % who.length] ?? '',
    what[(at + Math.floor(at / who.length)) % what.length] ?? '',
  )
  const seed = seeds[phase] + index * 7919
  return {
    model: '',
    messages: [{ role: 'user', content: prompt ?? '' }],
    maxTokens,
    ...sampling,
    ...(sampling.temperature !== 0 && { seed }),
  }
}

export async function makeModels(folder: string): Promise<Model[]> {
  const random = join(folder, 'random-30m.gguf')
  await makeGguf(random, { shape: madeShapes['30m'], type: 'q8_0', seed: 1 })
  const stranger = join(folder, 'random-30m-seed-2.gguf')
  await makeGguf(stranger, { shape: madeShapes['30m'], type: 'q8_0', seed: 2 })
  const smaller = async (path: string, name: string) => {
    const files: Record<string, string> = {}
    for (const type of ['q8_0', 'q4_0'] as const) {
      files[`in ${type} instead`] = join(folder, `${name}-${type}.gguf`)
      await requantise(path, join(folder, `${name}-${type}.gguf`), type)
    }
    return files
  }
  return [
    {
      name: 'demo-1m, f16, trained',
      path: demoModelPath,
      smaller: {
        ...(await smaller(demoModelPath, 'demo')),
        'another model': existsSync(storiesModelPath) ? storiesModelPath : random,
      },
      share: 1,
      lengths: [16, 96],
      smallCache: true,
    },
    ...(existsSync(storiesModelPath)
      ? [
          {
            name: 'stories260K, f32, trained',
            path: storiesModelPath,
            smaller: { ...(await smaller(storiesModelPath, 'stories')), 'another model': demoModelPath },
            share: 1,
            lengths: [16, 96],
            smallCache: false,
          },
        ]
      : []),
    {
      name: 'random 30m, q8_0',
      path: random,
      smaller: { 'another model': stranger },
      share: 0.15,
      lengths: [24],
      smallCache: true,
    },
  ]
}
