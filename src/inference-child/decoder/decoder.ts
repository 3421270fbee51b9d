import type { LlamaContext, Token } from 'node-llama-cpp'
import { commonLength } from '../slot-pool.ts'
import { type NativeContext, nativeContext } from './bindings.ts'
import type { ComputeTurns } from './compute-turns.ts'
import { type Guesser, MAX_GUESSES } from './draft.ts'
import { KeptSequence } from './kept-sequence.ts'
import { planBatch } from './plan-batch.ts'
import { Spells } from './spells.ts'
import type { SampledToken, TokenSampler } from './token-sampler.ts'

/** Copying another sequence's memory costs a copy of all that it may hold; worth it only for so many tokens. */
const MIN_COPIED_TOKENS = 64

const NOWHERE = new Uint32Array()
const NOBODY: TokenReader = { take: () => false }

/** Tokens of one sequence that wait to be computed, and what becomes of the answer. */
interface Work {
  readonly sequence: KeptSequence
  tokens: readonly Token[]
  readonly sampler: TokenSampler | undefined
  readonly reader: TokenReader
  readonly draft: Guesser | undefined
  /** The last ones of `tokens`: a draft's, computed along in case they come. */
  guesses: readonly Token[]
  readonly ended: PromiseWithResolvers<void>
  /** A token that its reader has not seen yet, while the next one is computed already. */
  unread: SampledToken | undefined
  /** Its reader wants no more, or failed: it has ended, even if it is part of the batch that is computed now. */
  over: boolean
}

/** Who wants the tokens of an answer. */
export interface TokenReader {
  /** Takes a token, and says whether the answer goes on. What it throws ends it. */
  take(sampled: SampledToken): boolean
  /** Whether nothing can come after this token, as far as that is told without much work; `take` has the last word. */
  isLast?(token: Token): boolean
}

/**
 * The sequences of a context, computed together: each round takes the tokens that all of them wait for into one batch, in
 * order of their ids (llama.cpp computes consecutive ones in one piece), samples for all, and begins anew at once, so that
 * batches are as full as there is work, or as full as is fastest. A sequence is used by one caller at a time.
 */
export class Decoder {
  readonly sequences: readonly KeptSequence[]
  /** Whether its sequences get back only to checkpoints. */
  readonly checkpointed: boolean
  readonly #context: NativeContext
  readonly #batchTokens: number
  /** Of one sequence. */
  readonly #contextTokens: number
  readonly #turns: ComputeTurns
  readonly #works = new Set<Work>()
  readonly #spells = new Spells<Work>()
  /** What must not happen while a batch is computed. */
  readonly #chores: (() => Promise<void>)[] = []
  #looping = false

  constructor(
    components: { context: LlamaContext; turns: ComputeTurns },
    init: {
      /** The model cannot forget from any token on. */
      readonly checkpointed: boolean
    },
  ) {
    const { context, turns } = components
    this.#context = nativeContext(context)
    this.#batchTokens = context.batchSize
    this.#contextTokens = context.contextSize
    this.#turns = turns
    this.checkpointed = init.checkpointed
    const parts = { context: this.#context, model: context.model }
    this.sequences = Array.from(
      { length: context.totalSequences },
      (_, id) => new KeptSequence(parts, { id, checkpointed: init.checkpointed }),
    )
  }

  /** Tokens that are computed at once, at most. */
  get batchTokens(): number {
    return this.#batchTokens
  }

  /**
   * Readies a sequence for a prompt: what it holds of it already stays, what another one holds more of is copied, and all
   * else is forgotten. Returns where a checkpoint is worth taking while the rest is read.
   */
  keep(sequence: KeptSequence, prompt: readonly Token[]): Promise<number | undefined> {
    return this.#between(async () => {
      const donor = this.checkpointed ? undefined : this.#donor(sequence, prompt)
      if (donor === undefined) return sequence.keep(prompt)
      await sequence.copyFrom(donor, prompt)
      return undefined
    })
  }

  checkpoint(sequence: KeptSequence): Promise<void> {
    return this.#between(() => sequence.checkpoint())
  }

  /** From the next batch on. */
  setThreads(threads: number): Promise<void> {
    return this.#between(async () => this.#context.setThreads(threads))
  }

  /** Computes tokens after those that the sequence holds. */
  read(sequence: KeptSequence, tokens: readonly Token[]): Promise<void> {
    return this.#add({ sequence, tokens, sampler: undefined, reader: NOBODY, draft: undefined })
  }

  /**
   * Computes tokens, samples the next one, and goes on with that while the reader wants more. It takes a token while the
   * next one is computed, so one more than it wanted may still be computed when this resolves. With a draft, tokens come several
   * at a time; they are the same ones.
   */
  generate(
    sequence: KeptSequence,
    tokens: readonly Token[],
    sampler: TokenSampler,
    reader: TokenReader,
    draft?: Guesser,
  ): Promise<void> {
    // What cannot forget a wrong guess does not guess, nor does a context whose batches guesses would overfill.
    const guessing = !this.checkpointed && this.sequences.length * (MAX_GUESSES + 1) <= this.#batchTokens
    return this.#add({ sequence, tokens, sampler, reader, draft: guessing ? draft : undefined })
  }

  /** Waits for the batch that may still be computed, though nobody wants it, and frees what is the decoder's own. */
  dispose(): Promise<void> {
    return this.#between(async () => {
      for (const sequence of this.sequences) sequence.dispose()
    })
  }

  #add(work: Pick<Work, 'sequence' | 'tokens' | 'sampler' | 'reader' | 'draft'>): Promise<void> {
    if (work.tokens.length === 0) return Promise.resolve()
    const ended = Promise.withResolvers<void>()
    this.#works.add({ ...work, ended, guesses: [], unread: undefined, over: false })
    this.#start()
    return ended.promise
  }

  #between<T>(chore: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#chores.push(() => chore().then(resolve, reject))
      this.#start()
    })
  }

  #start(): void {
    if (this.#looping) return
    this.#looping = true
    // What arrives in the same turn of the event loop is computed together.
    setImmediate(() => void this.#loop())
  }

  async #loop(): Promise<void> {
    while (this.#works.size > 0 || this.#chores.length > 0) {
      // Whoever else computes now may take long.
      if (this.#turns.taken) this.#read()
      const end = await this.#turns.take()
      try {
        if (this.#chores.length > 0) {
          for (let chore = this.#chores.shift(); chore !== undefined; chore = this.#chores.shift())
            await chore()
          // Whoever had sequences readied has work for them by then, to be computed together.
          await new Promise<void>((resolve) => setImmediate(resolve))
        }
        if (this.#works.size > 0) await this.#round()
      } finally {
        end()
      }
    }
    this.#looping = false
  }

  async #round(): Promise<void> {
    const works = this.#chosen()
    const single = works.every(({ tokens, sampler }) => tokens.length === 1 && sampler !== undefined)
    const startedMs = performance.now()
    const amounts = planBatch(
      works.map(({ tokens }) => tokens.length),
      this.#batchTokens,
    )
    const sampled: { readonly work: Work; readonly places: Uint32Array }[] = []
    const computed: { readonly work: Work; readonly amount: number }[] = []
    try {
      this.#context.initBatch(amounts.reduce((sum, amount) => sum + amount, 0))
      for (const [at, work] of works.entries()) {
        const amount = amounts[at] ?? 0
        if (amount === 0) continue
        computed.push({ work, amount })
        const last = work.sampler !== undefined && amount === work.tokens.length
        const first = amount - 1 - work.guesses.length
        const places = this.#context.addToBatch(
          work.sequence.id,
          work.sequence.tokens.length,
          Uint32Array.from(amount === work.tokens.length ? work.tokens : work.tokens.slice(0, amount)),
          last ? Uint32Array.from({ length: work.guesses.length + 1 }, (_, at) => first + at) : NOWHERE,
        )
        if (last) sampled.push({ work, places })
      }
      const computing = this.#context.decodeBatch()
      this.#read()
      await computing
    } catch (error) {
      // How far it came is unknown.
      for (const { work } of computed) this.#fail(work, error)
      return
    }
    for (const { work, amount } of computed) {
      work.sequence.append(work.tokens.slice(0, amount))
      work.tokens = work.tokens.slice(amount)
      if (work.tokens.length === 0 && work.sampler === undefined) this.#end(work)
    }
    const going = sampled.filter(({ work }) => !work.over)
    const [only] = going
    if (going.length === 1 && only !== undefined) await this.#sample(only.work, only.places)
    else await Promise.all(going.map(({ work, places }) => this.#sample(work, places)))
    if (single) this.#spells.took(works.length, performance.now() - startedMs)
  }

  /** Who is part of the next round, in order of ids. Those who wait for one token may be too many at once. */
  #chosen(): readonly Work[] {
    const works = [...this.#works].sort((a, b) => a.sequence.id - b.sequence.id)
    return works.some(({ tokens }) => tokens.length > 1) ? works : this.#spells.next(works)
  }

  /** Samples what comes next, and on, for as long as what comes is what was guessed. */
  async #sample(work: Work, places: Uint32Array): Promise<void> {
    const { sequence, guesses } = work
    const held = sequence.tokens.length - guesses.length
    try {
      for (const [at, place] of places.entries()) {
        const sampled = await work.sampler?.sample(this.#context, place)
        if (
          sampled !== undefined &&
          work.draft === undefined &&
          work.reader.isLast?.(sampled.token) !== true
        ) {
          work.unread = sampled
          work.tokens = [sampled.token]
          return
        }
        const goesOn = sampled !== undefined && work.reader.take(sampled)
        if (goesOn && sampled.token === guesses[at]) continue
        if (guesses.length > 0) {
          sequence.cut(held + at)
          work.draft?.learn(sequence.id, { guessed: guesses.length, came: at })
        }
        if (goesOn) this.#goOn(work, sampled.token)
        else this.#end(work)
        return
      }
    } catch (error) {
      if (guesses.length > 0) sequence.cut(held)
      this.#reject(work, error)
    }
  }

  #goOn(work: Work, token: Token): void {
    work.tokens = [token]
    work.guesses = []
    const room = this.#contextTokens - work.sequence.tokens.length - 1
    if (work.draft === undefined || room < MAX_GUESSES) return
    // The draft computes in turn with this context, so it must not be waited for here.
    this.#works.delete(work)
    const back = (guesses: readonly Token[]) => {
      work.guesses = guesses
      work.tokens = [token, ...guesses]
      this.#works.add(work)
      this.#start()
    }
    work.draft.guess(work.sequence.id, [...work.sequence.tokens, token]).then(back, () => back([]))
  }

  /** Has the readers take what was sampled for them. */
  #read(): void {
    for (const work of this.#works) {
      const { unread } = work
      if (unread === undefined) continue
      work.unread = undefined
      try {
        if (!work.reader.take(unread)) this.#end(work)
      } catch (error) {
        this.#reject(work, error)
      }
    }
  }

  #end(work: Work): void {
    work.over = true
    this.#works.delete(work)
    work.ended.resolve()
  }

  #reject(work: Work, error: unknown): void {
    work.over = true
    this.#works.delete(work)
    work.ended.reject(error)
  }

  #fail(work: Work, error: unknown): void {
    this.#reject(work, error)
    work.sequence.clear()
  }

  /** Another sequence that holds clearly more of the prompt than this one. */
  #donor(sequence: KeptSequence, prompt: readonly Token[]): KeptSequence | undefined {
    let most = commonLength(sequence.tokens, prompt) + MIN_COPIED_TOKENS - 1
    let donor: KeptSequence | undefined
    for (const other of this.sequences) {
      const shared = other === sequence ? 0 : commonLength(other.tokens, prompt)
      if (shared > most) {
        most = shared
        donor = other
      }
    }
    return donor
  }
}
