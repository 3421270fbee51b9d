import { judgeScore } from '../../src/node/verification/judge-score.ts'
import { makeModels, openTestBed, type Sample, samplings, type TestBed, take } from './verification-bed.ts'
import { benchTogether } from './verification-together.ts'

/**
 * Answers of one measurement (fewer of models and devices that take long), of which models, and which part alone: single
 * answers of `honest` nodes or of a `cheat`, or what checks come to `together`.
 */
const {
  DRIAD_BENCH_ANSWERS: asked = '48',
  DRIAD_BENCH_MODEL: only = '',
  DRIAD_BENCH_RATES: rates,
} = process.env

/** Rates at which results, and nodes, are refuted: of honest nodes, and of cheats. Prints what thresholds are set by, too. */
export async function benchVerification(folder: string): Promise<void> {
  for (const model of await makeModels(folder)) {
    if (!model.name.startsWith(only)) continue
    await using bed = await openTestBed(folder, model)
    const { lengths } = model
    const answers = Number(asked) * model.share
    if (rates === undefined) {
      console.log(`\n${model.name}: how honest answers look, on inputs that thresholds are set by`)
      await benchLooks(bed, { answers, maxTokens: Math.max(...lengths) })
    }
    if (rates !== 'together') {
      console.log(`${model.name}: refuted, on other inputs`)
      await benchSingle(bed, { answers, lengths })
    }
    if (rates === undefined || rates === 'together') {
      console.log(`${model.name}: what checks come to together, on inputs that set nothing`)
      await benchTogether(bed, { answers, maxTokens: Math.max(...lengths) })
    }
  }
}

async function benchLooks(bed: TestBed, how: { answers: number; maxTokens: number }): Promise<void> {
  for (const [condition, runner] of bed.honest) {
    for (const [name, sampling] of Object.entries(samplings)) {
      const samples = await take(bed, runner, { ...how, sampling, phase: 'setting' })
      console.log(`${condition}, ${name}: ${looks(samples)}`)
    }
  }
}

async function benchSingle(
  bed: TestBed,
  { answers, lengths }: { answers: number; lengths: readonly number[] },
): Promise<void> {
  for (const [kind, runners] of [
    ['cheat', bed.cheats],
    ['honest', bed.honest],
  ] as const) {
    if (rates !== undefined && !kind.startsWith(rates)) continue
    const totals = { refuted: 0, unclear: 0, wrong: 0, answers: 0 }
    for (const [row, runner] of runners) {
      const cells: string[] = []
      for (const maxTokens of lengths) {
        for (const [how, sampling] of Object.entries(samplings)) {
          const rate = rateOf(await take(bed, runner, { sampling, phase: 'other', maxTokens, answers }))
          cells.push(
            `${how}, ${maxTokens} tokens: ${rate.refuted} of ${rate.wrong} wrong, ${rate.answers} in all`,
          )
          totals.refuted += rate.refuted
          totals.unclear += rate.unclear
          totals.wrong += rate.wrong
          totals.answers += rate.answers
        }
      }
      console.log(`${kind}, ${row}: ${cells.join(' | ')}`)
    }
    console.log(
      `${kind}, all: ${totals.refuted} refuted, ${totals.unclear} unclear, ${totals.wrong} wrong, ${totals.answers} in all`,
    )
  }
}

/** What thresholds have to allow for. */
function looks(samples: readonly Sample[]): string {
  const tokens = samples.flatMap(({ scored }) => scored.tokens)
  const strange = tokens.filter(({ chosen }) => !chosen)
  const gaps = strange.map(({ best, logProbability }) => best - logProbability)
  const most = Math.max(...samples.map(({ scored }) => scored.tokens.filter(({ chosen }) => !chosen).length))
  const ends = samples.flatMap(({ scored: { end } }) => (end === undefined || end.chosen ? [] : [end]))
  // Of tokens that came to be in the same way on both sides.
  const noise = samples
    .filter(({ scored, told }) => told.length === scored.tokens.length)
    .flatMap(({ scored, told }) =>
      told.map((logProbability, at) => Math.abs(logProbability - (scored.tokens[at]?.logProbability ?? 0))),
    )
  const mean = noise.reduce((sum, one) => sum + one, 0) / Math.max(1, noise.length)
  const parts = [
    `${samples.length} answers, ${tokens.length} tokens`,
    `log-probabilities differ by ${mean.toFixed(5)} nats, at most ${Math.max(0, ...noise).toFixed(4)}`,
    `${strange.length} not chosen, ${most} at most in one answer, the farthest by ${Math.max(0, ...gaps).toFixed(4)} nats`,
    `${samples.filter(({ scored }) => scored.extent !== 'whole').length} not whole`,
    `${ends.length} ends not chosen`,
  ]
  return parts.join('; ')
}

interface Rate {
  readonly refuted: number
  readonly unclear: number
  /** Not what an honest node with these very roundings would have sent: a cheat may come to that, too. */
  readonly wrong: number
  readonly answers: number
}

function rateOf(samples: readonly Sample[]): Rate {
  const kinds = samples.map(({ request, scored, claimed }) => judgeScore(scored, { request, claimed }).kind)
  const count = (kind: string) => kinds.filter((one) => one === kind).length
  const wrong = samples.filter((sample) => !isRight(sample)).length
  return { refuted: count('refuted'), unclear: count('unclear'), wrong, answers: kinds.length }
}

function isRight({ scored, claimed }: Sample): boolean {
  const { tokens, end, extent, promptTokens, completionTokens } = scored
  const counted = claimed.promptTokens === promptTokens && claimed.completionTokens === completionTokens
  return counted && extent === 'whole' && tokens.every(({ chosen }) => chosen) && end?.chosen !== false
}
