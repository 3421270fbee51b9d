import type { LlamaModel, Token } from 'node-llama-cpp'
import type { ScoredToken } from '../node/inference/contract.ts'
import type { Fork, Turns } from './best-replay.ts'
import { type NativeContext, type NativeSampler, newNativeSampler } from './decoder/bindings.ts'
import type { Guesser } from './decoder/draft.ts'
import {
  chancesOf,
  type SampledToken,
  type SamplerSettings,
  type TokenChance,
  TokenSampler,
} from './decoder/token-sampler.ts'
import { TextFollower } from './text-follower.ts'
import { TokenText } from './token-text.ts'

/** Characters that are tokenized ahead. */
const AHEAD_CHARS = 1024
/** The end of what was tokenized ahead may be other tokens once more follows. */
const UNSURE_TOKENS = 2
/** Where the text is none that the model would have written, it is looked for among so many of the likeliest tokens. */
const LIKELIEST = 20
/** Tokens after the text that may still become the stop text that ended it. */
const MAX_TOKENS_BEYOND = 64
const INCOMPLETE = /\uFFFD+$/

export interface ReplayInit {
  readonly text: string
  /** It is JSON whose spaces were taken out. */
  readonly compact: boolean
  /** Where several tokens may have written the text: which of them. */
  readonly turns: Turns
  /** The last tokens of the prompt. */
  readonly before: readonly Token[]
  /** Tokens that the sequence can hold. */
  readonly contextSize: number
  /** Tokens that one sequence may have in a batch. */
  readonly batchTokens: number
  readonly isEnd: (token: Token) => boolean
  /** Of the tokens that end an answer those that are known by name. */
  readonly endTokens: readonly Token[]
  /** Whether a text, too, may have ended the answer. */
  readonly hasStopTexts: boolean
}

/**
 * Has a generation write a given text, and notes of each token whether it would have come by itself: the same sampler
 * is asked at every place, with the text's own tokens before it, so that its random numbers, penalties and grammar are
 * those of the generation that is replayed. The tokens are also its guesses, which makes one batch of many of them.
 */
export class ReplaySampler extends TokenSampler implements Guesser {
  readonly scored: ScoredToken[] = []
  end: ScoredToken | undefined
  readonly forks: Fork[] = []
  /** The text can be followed no further: nothing is to be taken from here any more. */
  lost = false
  readonly #model: LlamaModel
  readonly #init: ReplayInit
  readonly #grammar: boolean
  readonly #logits: NativeSampler
  readonly #written: TokenText<Token>
  /** The text may end within a character, or before a stop text: more may follow that is not seen. */
  readonly #openEnd: boolean
  readonly #text: TextFollower
  #ahead: Token[] = []
  #beyond = 0
  #began = false

  constructor(model: LlamaModel, settings: SamplerSettings, init: ReplayInit) {
    super(model, settings)
    this.#model = model
    this.#init = init
    this.#grammar = settings.grammar !== undefined
    this.#logits = newNativeSampler(model)
    this.#logits.applyConfig({ temperature: 0 })
    this.#written = new TokenText<Token>((tokens) => model.detokenize(tokens), init.before)
    const text = init.text.replace(INCOMPLETE, '')
    this.#openEnd = init.hasStopTexts || text !== init.text
    this.#text = new TextFollower(text, { compact: init.compact, openEnd: this.#openEnd })
  }

  override async sample(context: NativeContext, place: number): Promise<SampledToken> {
    const { token: natural } = await super.sample(context, place)
    if (this.#text.rest === '') return this.#end(natural, context, place)
    const planned = this.#plan()[0]
    const isNext = (token: Token) => token === planned || this.#follows(token)
    const turn = this.#init.turns.get(this.scored.length) ?? 0
    const isSilent = !isNext(natural) && this.#isSilent(natural)
    const fits = isSilent || isNext(natural)
    const chosen = fits && turn === 0
    if (isSilent && chosen) this.forks.push({ place: this.scored.length, ways: 2 })
    const asked = chosen ? natural : planned
    const chances = await this.#chances(
      context,
      place,
      asked === undefined ? [] : [asked],
      chosen ? 0 : LIKELIEST,
    )
    const chance = chosen
      ? chances.find(({ token }) => token === natural)
      : this.#fork(
          chances.filter(({ token }) => isNext(token) && token !== natural),
          fits ? turn - 1 : turn,
        )
    if (chance === undefined) return this.#lose()
    const { token } = chance
    this.scored.push(scoredToken(chances, chance, chosen))
    // The grammar has taken the other token, and cannot give it back.
    if (!chosen && this.#grammar) return this.#lose()
    if (!chosen) this.replaceLast(token)
    return this.#write(token) ? { token } : this.#lose()
  }

  #fork(possible: readonly TokenChance[], turn: number): TokenChance | undefined {
    this.forks.push({ place: this.scored.length, ways: possible.length })
    return possible[turn]
  }

  async guess(_: number, tokens: readonly Token[]): Promise<readonly Token[]> {
    const { batchTokens, contextSize } = this.#init
    const room = Math.min(batchTokens - 1, contextSize - tokens.length - 1)
    return room > 0 && this.#text.rest !== '' ? this.#plan().slice(0, room) : []
  }

  learn(): void {
    // What comes is known, mostly.
  }

  override dispose(): void {
    super.dispose()
    this.#logits.dispose()
  }

  /** The text is over: so should the answer be. */
  async #end(natural: Token, context: NativeContext, place: number): Promise<SampledToken> {
    const { endTokens, isEnd } = this.#init
    const ends = isEnd(natural)
    const mayGoOn = this.#openEnd || (this.#init.compact && this.#written.peek(natural).trim() === '')
    if (!ends && mayGoOn) return this.#beyond++ < MAX_TOKENS_BEYOND ? { token: natural } : this.#lose()
    const chances = await this.#chances(context, place, [natural, ...endTokens])
    const chance = chances.find(({ token }) => (ends ? token === natural : endTokens.includes(token)))
    if (chance === undefined) return this.#lose()
    this.end = scoredToken(chances, chance, ends)
    return { token: chance.token }
  }

  /** Takes a token of the text. False if it is none after all: the bytes of a character may be found wrong late. */
  #write(token: Token): boolean {
    const written = this.#written.push(token)
    this.#began = true
    if (this.#ahead[0] === token) this.#ahead.shift()
    else this.#ahead = []
    return this.#text.take(written)
  }

  /** Whether a token writes what comes next in the text. */
  #follows(token: Token): boolean {
    return !this.#init.isEnd(token) && this.#text.isNext(this.#written.peek(token))
  }

  /** A token that writes nothing, or nothing yet: the text does not tell whether it came, but the sampler does. */
  #isSilent(token: Token): boolean {
    return !this.#init.isEnd(token) && this.#written.peek(token) === ''
  }

  /** The next tokens of the text as it is usually tokenized. */
  #plan(): readonly Token[] {
    if (this.#ahead.length > 0) return this.#ahead
    // A beginning has lost the space that beginnings have.
    const beginning = !this.#began && this.#model.detokenize(this.#init.before) === ''
    const tokens = this.#model.tokenize(
      this.#text.rest.slice(0, AHEAD_CHARS),
      false,
      beginning ? undefined : 'trimLeadingSpace',
    )
    this.#ahead = this.#text.rest.length > AHEAD_CHARS ? tokens.slice(0, -UNSURE_TOKENS) : tokens
    return this.#ahead
  }

  /** Chances of the likeliest token, of those asked for, and of so many more of the likeliest. */
  async #chances(
    context: NativeContext,
    place: number,
    asked: readonly Token[],
    more = 0,
  ): Promise<readonly TokenChance[]> {
    const [, , , logits = [], weight = 1] = await context.sampleToken(
      place,
      this.#logits,
      false,
      false,
      [asked, false, false, true, more],
      true,
    )
    const values = new Map<Token, number>()
    for (let at = 0; at + 1 < logits.length; at += 2)
      values.set(logits[at] as Token, logits[at + 1] as number)
    return chancesOf(values, weight)
  }

  #lose(): SampledToken {
    this.lost = true
    return { token: this.#init.endTokens[0] ?? (0 as Token) }
  }
}

function scoredToken(
  chances: readonly TokenChance[],
  { logProbability }: TokenChance,
  chosen: boolean,
): ScoredToken {
  return { chosen, logProbability, best: chances[0]?.logProbability ?? logProbability }
}
