import { randomInt } from 'node:crypto'
import {
  type LlamaContextSequence,
  type LlamaGrammarEvaluationState,
  type LlamaModel,
  type SequenceEvaluateOptions,
  type Token,
  TokenBias,
} from 'node-llama-cpp'
import type { GenerateResult } from '../node/inference/contract.ts'
import type { Grammar } from '../protocol/json-schema/read-grammar.ts'
import type { FunctionPrompt, Prompt } from './chat-prompt.ts'
import { JsonEnding, type Urge } from './json-ending.ts'
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
/** Where neither the request nor the model's file says. */
const DEFAULT_TEMPERATURE = 0.7

/** How a generation ended, and where it ended because a call began. */
export type GenerationEnd = GenerateResult & { readonly callBegan: boolean }

export interface Generation {
  readonly model: LlamaModel
  readonly sequence: LlamaContextSequence
  readonly prompt: Prompt & Partial<Pick<FunctionPrompt['free'], 'callTokens' | 'callTexts'>>
  readonly maxTokens: number
  readonly temperature: number | undefined
  readonly seed: number | undefined
  /** For a schema: the answer is a whole text of this grammar. */
  readonly grammar: { readonly state: LlamaGrammarEvaluationState; readonly tree: Grammar } | undefined
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
  const { model, sequence, prompt, signal, grammar } = run
  // The last token still has to fit when it is read in turn.
  const room = Math.min(run.maxTokens, sequence.contextSize - prompt.tokens.length)
  const tokensOf = (text: string) => model.tokenize(text).length
  const ending = grammar && new JsonEnding(grammar.tree, tokensOf, room)
  const left = () => room - completionTokens
  const rest = await readPrompt(run)
  const text = new TokenText<Token>((tokens) => model.detokenize(tokens), prompt.tokens.slice(-TOKENS_BEFORE))
  // In JSON a stop text is a text like any other.
  const stops = new StopText(grammar === undefined ? prompt.stopTexts : [])
  let answer = ''
  let completionTokens = 0
  let firstTokenMs: number | undefined
  let stopReason: GenerateResult['stopReason'] = 'length'
  let callBegan = false
  const pass = (piece: string) => {
    answer += piece
    run.groups.push(piece, completionTokens)
  }

  for await (const token of sequence.evaluate(rest, {
    ...samplingOf(run, () => ending?.urge(left())),
    yieldEogToken: true,
  })) {
    signal.throwIfAborted()
    run.onProgress(0, 0)
    firstTokenMs ??= performance.now() - run.startedMs
    if (model.isEogToken(token) || prompt.stopTokens.has(token)) {
      stopReason = 'stop'
      callBegan = prompt.callTokens?.has(token) ?? false
      break
    }
    completionTokens++
    const written = text.push(token)
    if (ending?.take(written, left()) === false) {
      completionTokens--
      break
    }
    const { text: piece, stopped, stop } = stops.push(written)
    pass(piece)
    if (stopped) {
      stopReason = 'stop'
      callBegan = stop !== undefined && (prompt.callTexts?.includes(stop) ?? false)
      break
    }
    if (left() <= 0) break
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
  run.groups.flush()
  return {
    text: answer,
    promptTokens: prompt.tokens.length,
    completionTokens,
    stopReason,
    callBegan,
    ...(firstTokenMs !== undefined && { firstTokenMs }),
    totalMs: performance.now() - run.startedMs,
  }
}

/** Reads all of the prompt that the sequence does not hold yet, but the end, which `evaluate` starts from. */
async function readPrompt(run: Generation): Promise<Token[]> {
  const { sequence, prompt, signal } = run
  await sequence.adaptStateToTokens(prompt.tokens.slice(0, -1), false)
  let from = sequence.nextTokenIndex
  const limit = sequence.context.batchSize
  let speed = run.promptSpeed
  while (true) {
    signal.throwIfAborted()
    const wanted = speed === undefined ? limit : Math.round((speed * PROMPT_PIECE_MS) / 1000)
    const piece = Math.min(limit, Math.max(MIN_PROMPT_PIECE, wanted))
    if (prompt.tokens.length - from <= piece) return prompt.tokens.slice(from)
    const startedMs = performance.now()
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.tokens.slice(from, from + piece))
    const durationMs = performance.now() - startedMs
    run.onProgress(piece, durationMs)
    speed = (piece * 1000) / Math.max(0.01, durationMs)
    from += piece
  }
}

function samplingOf(run: Generation, urge: () => Urge): SequenceEvaluateOptions {
  const { grammar, model } = run
  const temperature = run.temperature ?? DEFAULT_TEMPERATURE
  const constrained = grammar && { grammarEvaluationState: grammar.state, tokenBias: urgedBias(model, urge) }
  if (temperature <= 0) return { temperature: 0, ...constrained }
  return { temperature, ...SAMPLING, seed: run.seed ?? randomInt(2 ** 32), ...constrained }
}

/** Above whatever a model would rather write; what the grammar does not allow is not written all the same. */
const URGENT = { logit: 200 }

function urgedBias(model: LlamaModel, urge: () => Urge): () => TokenBias {
  const none = TokenBias.for(model)
  const biasFor = (texts: readonly string[]) => {
    const bias = TokenBias.for(model)
    // The last one, as some tokenizers put a space before.
    for (const token of texts.map((text) => model.tokenize(text).at(-1)))
      if (token !== undefined) bias.set([token], URGENT)
    return bias
  }
  const biases = { quote: biasFor(['"']), bracket: biasFor([']', '}']) }
  return () => {
    const wanted = urge()
    return wanted === undefined ? none : biases[wanted]
  }
}
