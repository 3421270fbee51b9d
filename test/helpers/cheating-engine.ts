import type { GenerateRequest, InferenceEngine } from '../../src/node/inference/contract.ts'

export type NodeEngine = Pick<InferenceEngine, 'generate' | 'embed' | 'score'>

/** Ways of saving work, or of being paid for more of it, by a node that claims to run a model as it was asked to. */
export const cheats = {
  /** `other` is what it really runs: a smaller quantisation, or another model altogether. */
  otherModel: (engine: NodeEngine, other: string) =>
    generating(engine, (request) => ({ ...request, model: other })),
  /** It stops early, as if the model had. */
  truncated: (engine: NodeEngine) => generating(engine, (request) => ({ ...request, maxTokens: 20 })),
  /** The first answer is given again to whatever is asked. */
  canned: (engine: NodeEngine): NodeEngine => {
    let kept: ReturnType<NodeEngine['generate']> | undefined
    return {
      ...plain(engine),
      generate: (request) => {
        kept ??= engine.generate({ ...request, messages: [{ role: 'user', content: 'Who are you?' }] })
        return kept
      },
    }
  },
  /** One answer for each prompt, whatever the seed. */
  cached: (engine: NodeEngine) => generating(engine, (request) => ({ ...request, seed: 1 })),
  promptIgnored: (engine: NodeEngine) =>
    generating(engine, (request) => ({ ...request, messages: [{ role: 'user', content: 'Hello' }] })),
  /** It says that the answer took more tokens than it did. */
  overcounted: (engine: NodeEngine): NodeEngine => ({
    ...plain(engine),
    generate: async (request, options = {}) => {
      const result = await engine.generate(request, options)
      return { ...result, completionTokens: Math.min(request.maxTokens, result.completionTokens + 20) }
    },
  }),
} as const

function generating(engine: NodeEngine, changed: (request: GenerateRequest) => GenerateRequest): NodeEngine {
  return { ...plain(engine), generate: (request, options) => engine.generate(changed(request), options) }
}

function plain(engine: NodeEngine): NodeEngine {
  return {
    generate: (request, options) => engine.generate(request, options),
    embed: (request, options) => engine.embed(request, options),
    score: (request, options) => engine.score(request, options),
  }
}
