import { z } from 'zod'

/** Digits that are told of a logarithm: rounding between computers is larger. */
const DIGITS = 1000
const MAX_TOKENS = 131_072

const count = z.int().min(0).max(0xffff_ffff)
const logarithm = z.number().min(-1e6).max(1e-3)
/** Whether it would have been chosen, and the logarithms of its own and of the likeliest token's probability. */
const token = z.tuple([z.union([z.literal(0), z.literal(1)]), logarithm, logarithm])

const scoreReport = z.object({
  promptTokens: count,
  completionTokens: count,
  extent: z.enum(['whole', 'longer', 'partly']),
  end: token.optional(),
  tokens: z.array(token).max(MAX_TOKENS),
})

export interface ReportedToken {
  readonly chosen: boolean
  readonly logProbability: number
  readonly best: number
}

/** How likely an answer is, as one node tells another's requester. */
export interface ScoreReport {
  readonly promptTokens: number
  readonly completionTokens: number
  readonly extent: 'whole' | 'longer' | 'partly'
  readonly end?: ReportedToken
  readonly tokens: readonly ReportedToken[]
}

export function scoreReportText({
  promptTokens,
  completionTokens,
  extent,
  end,
  tokens,
}: ScoreReport): string {
  const told = ({ chosen, logProbability, best }: ReportedToken) => [
    chosen ? 1 : 0,
    rounded(logProbability),
    rounded(best),
  ]
  return JSON.stringify({
    promptTokens,
    completionTokens,
    extent,
    ...(end !== undefined && { end: told(end) }),
    tokens: tokens.map(told),
  })
}

/** Undefined for anything else. */
export function parseScoreReport(text: string): ScoreReport | undefined {
  const parsed = scoreReport.safeParse(jsonOf(text))
  if (!parsed.success) return undefined
  const { end, tokens, ...report } = parsed.data
  return { ...report, ...(end !== undefined && { end: read(end) }), tokens: tokens.map(read) }
}

function read([chosen, logProbability, best]: z.output<typeof token>): ReportedToken {
  return { chosen: chosen === 1, logProbability, best }
}

function rounded(value: number): number {
  // A token that cannot come has no logarithm that JSON could hold.
  return Math.max(-1e6, Math.round(value * DIGITS) / DIGITS)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
