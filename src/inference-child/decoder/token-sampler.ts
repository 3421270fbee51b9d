import type { LlamaGrammarEvaluationState, LlamaModel, Token } from 'node-llama-cpp'
import {
  type NativeContext,
  type NativeSampler,
  type NativeSamplerConfig,
  newNativeSampler,
} from './bindings.ts'

/** How a token is chosen. Absent fields leave out their step. */
export interface SamplerSettings {
  /** 0 takes the most likely one. */
  readonly temperature: number
  readonly topK?: number
  readonly topP?: number
  readonly minP?: number
  /** 32 bits. */
  readonly seed?: number
  readonly penalties?: {
    /** 1 changes nothing. */
    readonly repeat: number
    readonly presence: number
    readonly frequency: number
    /** How many of the last tokens are looked at. */
    readonly lastTokens: number
    /** Those before the first that is sampled. */
    readonly before: readonly Token[]
  }
  /** Added to tokens' logits. */
  readonly bias?: ReadonlyMap<Token, number>
  readonly grammar?: LlamaGrammarEvaluationState
}

/** A token that might have come instead, or the one that came. */
export interface TokenChance {
  readonly token: Token
  /** Natural logarithm of its probability, before temperature and everything else that narrows the choice. */
  readonly logProbability: number
}

export interface SampledToken {
  readonly token: Token
  /** The likeliest tokens, most likely first; absent unless they were asked for. */
  readonly chances?: readonly TokenChance[]
  readonly chance?: TokenChance
}

/** Chooses the tokens of one answer. Must be disposed of, and not while it samples. */
export class TokenSampler {
  readonly #native: NativeSampler
  /** Sees the logits as they are; absent unless chances are asked for. */
  readonly #plain: NativeSampler | undefined
  readonly #config: NativeSamplerConfig
  readonly #alternatives: number | undefined
  /** What penalties look at: a new configuration is told all of it again. Absent without penalties. */
  readonly #penalised: Token[] | undefined
  readonly #penalisedTokens: number
  #bias: ReadonlyMap<Token, number> | undefined

  /** `alternatives`: how many likeliest tokens are told with each, 0 for the chosen one's alone; absent for none. */
  constructor(model: LlamaModel, settings: SamplerSettings, alternatives?: number) {
    this.#config = nativeConfig(settings)
    this.#bias = settings.bias
    this.#native = newNativeSampler(model)
    this.#native.applyConfig(this.#config)
    this.#alternatives = alternatives
    this.#penalised = settings.penalties && [...settings.penalties.before]
    this.#penalisedTokens = settings.penalties?.lastTokens ?? 0
    if (alternatives !== undefined) {
      this.#plain = newNativeSampler(model)
      this.#plain.applyConfig({ temperature: 0 })
    }
  }

  /** From the next token on. The same map as before changes nothing, and costs nothing. */
  setBias(bias: ReadonlyMap<Token, number> | undefined): void {
    if (bias === this.#bias) return
    this.#bias = bias
    this.#configure()
  }

  /** Not the token that was sampled last comes, but this one. Not with a grammar, which has taken the other one. */
  protected replaceLast(token: Token): void {
    if (this.#penalised === undefined) return
    this.#penalised[this.#penalised.length - 1] = token
    this.#configure()
  }

  /** Samples at a place of the batch that the context has just computed. Throws where no token can come. */
  async sample(context: NativeContext, place: number): Promise<SampledToken> {
    const token = (await context.sampleToken(place, this.#native)) as Token
    if (token < 0) throw new Error('No token can be sampled')
    this.#penalised?.push(token)
    if ((this.#penalised?.length ?? 0) > this.#penalisedTokens) this.#penalised?.shift()
    if (this.#plain === undefined || this.#alternatives === undefined) return { token }
    // The likeliest one is always asked for: the sum is relative to it.
    const [, , , logits = [], weight = 1] = await context.sampleToken(
      place,
      this.#plain,
      false,
      false,
      [[token], false, false, false, Math.max(1, this.#alternatives)],
      true,
    )
    const values = new Map<Token, number>()
    for (let at = 0; at + 1 < logits.length; at += 2)
      values.set(logits[at] as Token, logits[at + 1] as number)
    const chances = chancesOf(values, weight)
    const chance = chances.find((one) => one.token === token)
    return {
      token,
      chances: chances.slice(0, this.#alternatives),
      ...(chance !== undefined && { chance }),
    }
  }

  dispose(): void {
    this.#native.dispose()
    this.#plain?.dispose()
  }

  /** The state of the random numbers stays. */
  #configure(): void {
    const { tokenBiasKeys: _, tokenBiasValues: __, ...config } = this.#config
    const penalised = this.#penalised && { repeatPenaltyTokens: Uint32Array.from(this.#penalised) }
    this.#native.applyConfig({ ...config, ...penalised, ...nativeBias(this.#bias) })
  }
}

/** @param weight sum of exp(logit - the highest logit) over all tokens */
export function chancesOf(logits: ReadonlyMap<Token, number>, weight: number): TokenChance[] {
  const highest = Math.max(...logits.values())
  return [...logits]
    .sort((a, b) => b[1] - a[1])
    .map(([token, logit]) => ({ token, logProbability: logit - highest - Math.log(weight) }))
}

function nativeConfig(settings: SamplerSettings): NativeSamplerConfig {
  const { temperature, topK, topP, minP, seed, penalties, bias, grammar } = settings
  return {
    temperature,
    ...(topK !== undefined && { topK }),
    ...(topP !== undefined && { topP }),
    ...(minP !== undefined && { minP }),
    ...(seed !== undefined && { seed }),
    ...(penalties !== undefined && {
      repeatPenalty: penalties.repeat,
      repeatPenaltyMaxTokens: penalties.lastTokens,
      repeatPenaltyTokens: Uint32Array.from(penalties.before),
      repeatPenaltyPresencePenalty: penalties.presence,
      repeatPenaltyFrequencyPenalty: penalties.frequency,
    }),
    ...nativeBias(bias),
    ...(grammar !== undefined && {
      grammarEvaluationState: (grammar as unknown as { readonly _state: unknown })._state,
    }),
  }
}

function nativeBias(
  bias: ReadonlyMap<Token, number> | undefined,
): Pick<NativeSamplerConfig, 'tokenBiasKeys' | 'tokenBiasValues'> {
  if (bias === undefined || bias.size === 0) return {}
  return { tokenBiasKeys: Uint32Array.from(bias.keys()), tokenBiasValues: Float32Array.from(bias.values()) }
}
