import type {
  ExcludedModelView,
  FitView,
  RecommendationView,
  RecommendedModelView,
} from '../../protocol/fit-views.ts'
import type { ExpectedSpeed } from '../../protocol/model-fit/expected-speed.ts'
import { spokenLanguage, t } from '../translate.ts'
import { rateWords, sizeWords } from './size-words.ts'

type Verdict = Pick<FitView, 'verdict' | 'ram' | 'vram' | 'gpuLayers' | 'totalLayers'>

/** A fit in a sentence without its full stop, with the numbers that it was decided by. */
export function fitWords(fit: Verdict): string {
  const { verdict, gpuLayers, totalLayers } = fit
  if (verdict === 'tooLarge') return tooLarge(fit)
  const memory = takenMemory(fit)
  if (verdict === 'fits') return t(gpuLayers > 0 ? 'fit:fitsOnGpu' : 'fit:fits', { memory })
  return gpuLayers === 0
    ? t('fit:partlyNone', { layers: totalLayers, memory })
    : t('fit:partly', { layers: totalLayers, gpu: gpuLayers, memory })
}

/** How fast a model would be, how sure that is, and what it was worked out of. */
export function speedWords({ tokensPerSecond, range, basis }: ExpectedSpeed): string {
  const [speed, low, high] = [tokensPerSecond, range.low, range.high].map(rateWords)
  return t(`fit:speed.${basis}`, { speed, low, high })
}

/** Why a model is recommended, in sentences without their full stops. */
export function recommendationReasons(
  model: RecommendedModelView,
  wanted: RecommendationView['wanted'],
): string[] {
  const { fit, downloadBytes, gated } = model
  const size = sizeWords(downloadBytes)
  return [
    ...choiceReason(model, wanted),
    fitWords(fit),
    fit.speed === undefined ? t('fit:reason.speedUnknown') : speedWords(fit.speed),
    gated ? t('fit:reason.downloadGated', { size }) : t('fit:reason.download', { size }),
    ...(fit.exact ? [] : [t('fit:reason.guess')]),
  ]
}

/** The same without what the figures of size, memory and speed say already. */
export function reasonsBesideFigures(
  model: RecommendedModelView,
  wanted: RecommendationView['wanted'],
): string[] {
  const { fit, downloadBytes, gated } = model
  return [
    ...choiceReason(model, wanted),
    ...(fit.speed === undefined ? [t('fit:reason.speedUnknown')] : []),
    ...(gated ? [t('fit:reason.downloadGated', { size: sizeWords(downloadBytes) })] : []),
    ...(fit.exact ? [] : [t('fit:reason.guess')]),
  ]
}

function choiceReason(
  { fit, chosenAs }: RecommendedModelView,
  { slots, atLeastTokensPerSecond }: RecommendationView['wanted'],
): string[] {
  if (chosenAs === undefined) return []
  const facts = { count: slots, among: chosenAs.among, tokens: fit.contextSize }
  return [t(`fit:reason.${chosenAs.best}`, { ...facts, atLeast: atLeastTokensPerSecond })]
}

/** What keeps a better model away, in a sentence without its full stop. */
export function excludedReason(
  { because, fit, downloadBytes }: ExcludedModelView,
  { wanted, machine }: Pick<RecommendationView, 'wanted' | 'machine'>,
): string {
  const atLeast = wanted.atLeastTokensPerSecond
  switch (because) {
    case 'memory':
      return fitWords(fit)
    case 'disk':
      return t('fit:excluded.disk', {
        size: sizeWords(downloadBytes),
        free: sizeWords(machine.diskFreeBytes),
      })
    case 'speed':
      return fit.speed === undefined
        ? t('fit:excluded.slow', { atLeast })
        : t('fit:excluded.slowAbout', { atLeast, speed: speedWords(fit.speed) })
  }
}

function tooLarge({ ram, vram }: Verdict): string {
  const numbers = {
    ramNeeded: sizeWords(ram.neededBytes),
    ramAvailable: sizeWords(ram.availableBytes),
    ramMissing: sizeWords(ram.missingBytes),
    vramNeeded: sizeWords(vram.neededBytes),
    vramAvailable: sizeWords(vram.availableBytes),
    vramMissing: sizeWords(vram.missingBytes),
  }
  if (vram.missingBytes === 0) return t('fit:tooLarge.ram', numbers)
  return t(ram.missingBytes === 0 ? 'fit:tooLarge.vram' : 'fit:tooLarge.both', numbers)
}

/** `5.3 GB of the 8.0 GB of memory and 2.1 GB of the 4.0 GB of GPU memory`. */
function takenMemory({ ram, vram }: Verdict): string {
  const taken = (['ram', 'vram'] as const).flatMap((kind) => {
    const { neededBytes, availableBytes } = kind === 'ram' ? ram : vram
    if (neededBytes === 0) return []
    return [t(`fit:memory.${kind}`, { needed: sizeWords(neededBytes), available: sizeWords(availableBytes) })]
  })
  return new Intl.ListFormat(spokenLanguage(), { type: 'conjunction' }).format(taken)
}
