import type {
  ExcludedModelView,
  FitView,
  RecommendationView,
  RecommendedModelView,
} from '../../../protocol/fit-views.ts'
import { type FitModel, type FitSituation, fitView } from './fit-view.ts'

/** A model that could be fetched, in one of its quantisations. */
export interface FitCandidate extends FitModel {
  /** The name that tasks use. */
  readonly name: string
  readonly aliases?: readonly string[]
  /** The same for all quantisations of a model. */
  readonly modelId: string
  readonly title: string
  readonly quantisation: string
  readonly kind: 'chat' | 'base' | 'embedding'
  readonly groups: readonly string[]
  readonly parameterCount: number
  readonly downloadBytes: number
  readonly licence?: string
  /** Given out only to who has accepted its licence. */
  readonly gated?: boolean
  /** Higher is better; of any scale, compared only with others of the same catalogue. */
  readonly quality: number
}

export interface RecommendWish {
  readonly slots: number
  readonly contextSize: number
  /** Below it, a model is of no use. */
  readonly atLeastTokensPerSecond: number
  readonly group?: string
}

/** What is usable when nobody says: about as fast as people read. */
export const USABLE_TOKENS_PER_SECOND = 5
const MAX_ALTERNATIVES = 5
const MAX_EXCLUDED = 5
/** Free disk that a download must leave. */
const DISK_RESERVE_BYTES = 1024 ** 3

/** What a quantisation takes of a model's quality, by bits of a weight; by what perplexities in llama.cpp's README say. */
const QUALITY_OF_BITS: readonly (readonly [bits: number, share: number])[] = [
  [8, 1],
  [6, 0.995],
  [5, 0.985],
  [4, 0.96],
  [3, 0.88],
  [2, 0.7],
  [1, 0.5],
]

interface Ranked {
  readonly candidate: FitCandidate
  readonly fit: FitView
  readonly score: number
}

/**
 * The best model for this computer: the one of the highest quality among those that fit with the slots and the
 * context wanted and are fast enough; one quantisation of each. Where none is fast enough, the fastest comes first.
 */
export function recommend(
  candidates: readonly FitCandidate[],
  wish: RecommendWish,
  situation: FitSituation,
): RecommendationView {
  const { machine } = situation
  const suitable = candidates
    .filter(({ kind, groups }) =>
      wish.group === undefined ? kind !== 'embedding' : groups.includes(wish.group),
    )
    .map((candidate): Ranked => {
      const fit = fitView(candidate, wish, situation)
      return { candidate, fit, score: candidate.quality * qualityShare(candidate.quantisation) }
    })
  const onDisk = ({ candidate }: Ranked) =>
    candidate.downloadBytes + DISK_RESERVE_BYTES <= machine.diskFreeBytes
  const fitting = suitable.filter((one) => one.fit.verdict !== 'tooLarge' && onDisk(one))
  const fast = fitting.filter(({ fit }) => speedOf(fit) >= wish.atLeastTokensPerSecond)
  const ranked =
    fast.length > 0
      ? bestOfEach(fast, (a, b) => b.score - a.score || speedOf(b.fit) - speedOf(a.fit))
      : bestOfEach(fitting, (a, b) => speedOf(b.fit) - speedOf(a.fit))
  const [best, ...others] = ranked.map(recommended)
  const chosenAs = { best: fast.length > 0 ? 'highestQuality' : 'fastest', among: ranked.length } as const
  return {
    wanted: wish,
    machine,
    ...(best !== undefined && { best: { ...best, chosenAs } }),
    alternatives: others.slice(0, MAX_ALTERNATIVES),
    excluded: excludedOf(suitable, ranked, { onDisk, diskFreeBytes: machine.diskFreeBytes }),
  }
}

/** By its name or another one for the same. */
export function findCandidate(candidates: readonly FitCandidate[], name: string): FitCandidate | undefined {
  return candidates.find((candidate) => candidate.name === name || candidate.aliases?.includes(name) === true)
}

/** Of what is lost by rounding weights to so few bits, as the name of the quantisation says it. */
export function qualityShare(quantisation: string): number {
  const bits = bitsOf(quantisation)
  return QUALITY_OF_BITS.find(([least]) => bits >= least)?.[1] ?? 0.5
}

/** `Q4_K_M` and `IQ4_XS` have 4, `MXFP4` too, `F16` has 16. What is no such name is taken for 4. */
function bitsOf(quantisation: string): number {
  const found = /(?:^|[^A-Z])(?:I?Q|TQ|BF|F|FP|MXFP|NVFP)(\d+)/i.exec(quantisation)
  return found?.[1] === undefined ? 4 : Number(found[1])
}

/** Where nothing is known, a model is given the benefit of the doubt. */
function speedOf({ speed }: FitView): number {
  return speed?.tokensPerSecond ?? Number.POSITIVE_INFINITY
}

function bestOfEach(all: readonly Ranked[], compare: (a: Ranked, b: Ranked) => number): Ranked[] {
  const seen = new Set<string>()
  return [...all].sort(compare).filter(({ candidate: { modelId } }) => {
    if (seen.has(modelId)) return false
    seen.add(modelId)
    return true
  })
}

function recommended({ candidate, fit }: Ranked): RecommendedModelView {
  const { name, title, quantisation, downloadBytes, parameterCount, contextLength, licence, gated } =
    candidate
  return {
    name,
    title,
    quantisation,
    downloadBytes,
    parameterCount,
    contextLength: contextLength ?? fit.contextSize,
    ...(licence !== undefined && { licence }),
    gated: gated === true,
    fit,
  }
}

/** Better ones, the smallest and so nearest first, and what is in their way: of each model its smallest quantisation. */
function excludedOf(
  suitable: readonly Ranked[],
  ranked: readonly Ranked[],
  { onDisk, diskFreeBytes }: { onDisk: (one: Ranked) => boolean; diskFreeBytes: number },
): ExcludedModelView[] {
  const bestScore = ranked[0]?.score ?? 0
  const named = new Set(ranked.map(({ candidate }) => candidate.modelId))
  const better = suitable.filter(({ candidate, score }) => !named.has(candidate.modelId) && score > bestScore)
  const smallest = bestOfEach(better, (a, b) => a.candidate.downloadBytes - b.candidate.downloadBytes)
  return smallest.slice(0, MAX_EXCLUDED).map((one) => {
    const { candidate, fit } = one
    const { name, title, downloadBytes } = candidate
    const known = { name, title, downloadBytes, fit }
    if (fit.verdict === 'tooLarge') {
      const missingBytes = fit.ram.missingBytes + fit.vram.missingBytes
      return { ...known, because: 'memory', missingBytes }
    }
    if (!onDisk(one)) {
      return { ...known, because: 'disk', missingBytes: downloadBytes + DISK_RESERVE_BYTES - diskFreeBytes }
    }
    return { ...known, because: 'speed', missingBytes: 0 }
  })
}
