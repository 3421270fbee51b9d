import { randomInt } from 'node:crypto'
import type { LlamaGrammarEvaluationState, LlamaModel, Token } from 'node-llama-cpp'
import type { GenerateRequest, GenerateResult, TokenLogProbability } from '../node/inference/contract.ts'
import type { Grammar } from '../protocol/json-schema/read-grammar.ts'
import type { SamplingOptions } from '../protocol/sampling.ts'
import type { FunctionPrompt, Prompt } from './chat-prompt.ts'
import type { Decoder } from './decoder/decoder.ts'
import type { Draft } from './decoder/draft.ts'
import type { KeptSequence } from './decoder/kept-sequence.ts'
import {
  type SampledToken,
  type SamplerSettings,
  type TokenChance,
  TokenSampler,
} from './decoder/token-sampler.ts'
import { JsonEnding, type Urge } from './json-ending.ts'
import { type ReplayInit, ReplaySampler } from './replay-sampler.ts'
import { StopText } from './stop-text.ts'
import type { TextGroups } from './text-groups.ts'
import { TokenText } from './token-text.ts'

/** How long one piece of a prompt may take, so that an abort and the other sequences need not wait for all of it. */
const PROMPT_PIECE_MS = 250
const MIN_PROMPT_PIECE = 32
/** Tokens before the answer that the first of its tokens are read together with. */
const TOKENS_BEFORE = 4
/** Used above temperature 0, as llama.cpp's own tools do. */
const SAMPLING = { topK: 40, topP: 0.95, minP: 0.05 } as const
/** How far back penalties look where a request sets them, as llama.cpp's own tools do. */
const PENALISED_TOKENS = 64
/** What ends a text of JSON, or a list and what is in it. */
const URGED_TEXTS: Readonly<Record<NonNullable<Urge>, readonly string[]>> = {
  quote: ['"'],
  bracket: [']', '}'],
}
/** Where neither the request nor the model's file says. */
const DEFAULT_TEMPERATURE = 0.7

/** How a generation ended, and where it ended because a call began. */
export type GenerationEnd = GenerateResult & {
  readonly callBegan: boolean
  readonly replay?: Pick<ReplaySampler, 'scored' | 'end' | 'lost' | 'forks'>
}

/** How a request wants its tokens chosen, and what it wants to know of them. */
export type Sampling = SamplingOptions & Pick<GenerateRequest, 'logitBias' | 'logProbabilities'>

export interface Generation {
  readonly model: LlamaModel
  readonly decoder: Decoder
  readonly draft: Draft | undefined
  readonly sequence: KeptSequence
  /** Tokens that the sequence can hold. */
  readonly contextSize: number
  readonly prompt: Prompt & Partial<Pick<FunctionPrompt['free'], 'callTokens' | 'callTexts'>>
  readonly maxTokens: number
  readonly sampling: Sampling
  /** For a schema: the answer is a whole text of this grammar. */
  readonly grammar: { readonly state: LlamaGrammarEvaluationState; readonly tree: Grammar } | undefined
  /** The answer is this one; what is asked is how it came about. */
  readonly replay?: Pick<ReplayInit, 'text' | 'compact' | 'turns'>
  readonly groups: TextGroups
  readonly signal: AbortSignal
  /** Called as the model gets on: how many prompt tokens were read in how many ms, or one token written. */
  readonly onProgress: (promptTokens: number, durationMs: number) => void
  /** Prompt tokens per second, as far as known. */
  readonly promptSpeed: number | undefined
  /** `performance.now()` when the request came. */
  readonly startedMs: number
}

/**
 * Runs one generation on a sequence that nobody else uses. Whatever happens, the sequence can be used again.
 * With a grammar, an answer that the limit of tokens would cut off is ended before, and its `stopReason` is `length`.
 *
 * @throws DriadError `context_exceeded` where no answer that the grammar allows is so short, before any token is spent if
 * that is plain; and the signal's reason.
 */
export async function runGeneration(run: Generation): Promise<GenerationEnd> {
  const { model, prompt, signal, grammar } = run
  // The last token still has to fit when it is read in turn.
  const room = Math.min(run.maxTokens, run.contextSize - prompt.tokens.length)
  const tokensOf = (text: string) => model.tokenize(text).length
  const ending = grammar && new JsonEnding(grammar.tree, tokensOf, room)
  const left = () => room - completionTokens
  const rest = await readPrompt(run)
  const text = new TokenText<Token>((tokens) => model.detokenize(tokens), prompt.tokens.slice(-TOKENS_BEFORE))
  // In JSON a stop text is a text like any other.
  const stops = new StopText(grammar === undefined ? [...prompt.stopTexts, ...(run.sampling.stop ?? [])] : [])
  const urged = urgedBiases(model, run.sampling.logitBias)
  const isEnd = (token: Token) => model.isEogToken(token) || prompt.stopTokens.has(token)
  const replay = replayOf(run, isEnd)
  const sampler = replay ?? new TokenSampler(model, samplerSettings(run), run.sampling.logProbabilities)
  const logProbabilities: TokenLogProbability[] = []
  let answer = ''
  let completionTokens = 0
  let firstTokenMs: number | undefined
  let stopReason: GenerateResult['stopReason'] = 'length'
  let callBegan = false
  const pass = (piece: string) => {
    answer += piece
    run.groups.push(piece, completionTokens)
  }

  const isLast = (token: Token) => isEnd(token) || left() <= 1

  /** Whether another one is wanted. */
  const take = ({ token, chance, chances }: SampledToken): boolean => {
    signal.throwIfAborted()
    run.onProgress(0, 0)
    if (replay?.lost === true) return false
    firstTokenMs ??= performance.now() - run.startedMs
    if (isEnd(token)) {
      stopReason = 'stop'
      callBegan = prompt.callTokens?.has(token) ?? false
      return false
    }
    completionTokens++
    const written = text.push(token)
    if (ending?.take(written, left()) === false) {
      completionTokens--
      return false
    }
    if (chance !== undefined) logProbabilities.push(toldChances(model, chance, chances ?? []))
    const { text: piece, stopped, stop } = stops.push(written)
    pass(piece)
    if (stopped) {
      stopReason = 'stop'
      callBegan = stop !== undefined && (prompt.callTexts?.includes(stop) ?? false)
      return false
    }
    if (ending !== undefined) sampler.setBias(urged(ending.urge(left())))
    return left() > 0
  }

  try {
    sampler.setBias(urged(ending?.urge(left())))
    await run.decoder.generate(run.sequence, rest, sampler, { take, isLast }, replay ?? run.draft)
  } finally {
    sampler.dispose()
  }
  signal.throwIfAborted()
  if (ending) {
    const end = ending.complete(room)
    if (end !== '') completionTokens += tokensOf(end)
    pass(end)
  } else {
    const { text: last, stopped } = stops.push(text.end())
    pass(stopped ? last : last + stops.end())
  }
  run.groups.end()
  return {
    text: answer,
    promptTokens: prompt.tokens.length,
    completionTokens,
    stopReason,
    callBegan,
    ...(firstTokenMs !== undefined && { firstTokenMs }),
    totalMs: performance.now() - run.startedMs,
    ...(run.sampling.logProbabilities !== undefined && { logProbabilities }),
    ...(replay !== undefined && { replay }),
  }
}

function replayOf(run: Generation, isEnd: (token: Token) => boolean): ReplaySampler | undefined {
  const { model, decoder, prompt, sampling, grammar, replay } = run
  if (replay === undefined) return undefined
  const named = [...prompt.stopTokens, model.tokens.eos, model.tokens.eot]
  return new ReplaySampler(model, samplerSettings(run), {
    ...replay,
    before: prompt.tokens.slice(-TOKENS_BEFORE),
    contextSize: run.contextSize,
    batchTokens: Math.floor(decoder.batchTokens / decoder.sequences.length),
    isEnd,
    endTokens: named.filter((token) => token !== null),
    hasStopTexts: grammar === undefined && prompt.stopTexts.length + (sampling.stop?.length ?? 0) > 0,
  })
}

/** Reads all of the prompt that the sequence does not hold yet, but the end, which generating starts from. */
async function readPrompt(run: Generation): Promise<readonly Token[]> {
  const { decoder, sequence, prompt, signal } = run
  const { tokens } = prompt
  const parting = await decoder.keep(sequence, tokens.slice(0, -1))
  // A state to come back to is one without the last token, which must be computed again for its logits.
  const end = decoder.checkpointed ? tokens.length - 1 : tokens.length
  let speed = run.promptSpeed
  for (let from = sequence.tokens.length; ; ) {
    signal.throwIfAborted()
    const piece = pieceTokens(speed, decoder.batchTokens)
    const next = parting !== undefined && parting > from ? parting : end
    if (next === tokens.length && next - from <= piece) return tokens.slice(from)
    if (next === from) return tokens.slice(from)
    const read = tokens.slice(from, Math.min(next, from + piece))
    const startedMs = performance.now()
    await decoder.read(sequence, read)
    const durationMs = performance.now() - startedMs
    run.onProgress(read.length, durationMs)
    speed = (read.length * 1000) / Math.max(0.01, durationMs)
    from += read.length
    if (from === parting || (decoder.checkpointed && from === end)) await decoder.checkpoint(sequence)
  }
}

function pieceTokens(speed: number | undefined, limit: number): number {
  const wanted = speed === undefined ? limit : Math.round((speed * PROMPT_PIECE_MS) / 1000)
  return Math.min(limit, Math.max(MIN_PROMPT_PIECE, wanted))
}

function samplerSettings({ sampling, grammar, prompt }: Generation): SamplerSettings {
  const { repeatPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 } = sampling
  const temperature = sampling.temperature ?? DEFAULT_TEMPERATURE
  return {
    temperature: Math.max(0, temperature),
    ...(temperature > 0 && {
      topK: sampling.topK ?? SAMPLING.topK,
      topP: sampling.topP ?? SAMPLING.topP,
      minP: sampling.minP ?? SAMPLING.minP,
      seed: sampling.seed ?? randomInt(2 ** 32),
    }),
    ...((repeatPenalty !== 1 || presencePenalty !== 0 || frequencyPenalty !== 0) && {
      penalties: {
        repeat: repeatPenalty,
        presence: presencePenalty,
        frequency: frequencyPenalty,
        lastTokens: PENALISED_TOKENS,
        before: prompt.tokens.slice(-PENALISED_TOKENS),
      },
    }),
    ...(grammar !== undefined && { grammar: grammar.state }),
  }
}

/** Above whatever a model would rather write; what the grammar does not allow is not written all the same. */
const URGENT_LOGIT = 200

/** What is added to logits, with and without haste to come to an end. */
function urgedBiases(
  model: LlamaModel,
  asked: Sampling['logitBias'] = [],
): (urge: Urge) => ReadonlyMap<Token, number> | undefined {
  const plain =
    asked.length === 0 ? undefined : new Map(asked.map(({ token, bias }) => [token as Token, bias]))
  const biases = new Map<Urge, ReadonlyMap<Token, number>>()
  return (urge) => {
    if (urge === undefined) return plain
    const known = biases.get(urge)
    if (known !== undefined) return known
    const bias = new Map(plain)
    // The last one, as some tokenizers put a space before.
    for (const token of URGED_TEXTS[urge].map((text) => model.tokenize(text).at(-1)))
      if (token !== undefined) bias.set(token, URGENT_LOGIT)
    biases.set(urge, bias)
    return bias
  }
}

function toldChances(
  model: LlamaModel,
  chance: TokenChance,
  chances: readonly TokenChance[],
): TokenLogProbability {
  const told = ({ token, logProbability }: TokenChance) => ({
    token,
    text: model.detokenize([token], true),
    logProbability,
  })
  return { ...told(chance), alternatives: chances.map(told) }
}
