import { t } from '../../../../locales/translate.ts'
import { modelGroups } from '../../../../protocol/catalogue/groups.ts'
import type { CatalogueModelView } from '../../../../protocol/catalogue-views.ts'
import type { FitView } from '../../../../protocol/fit-views.ts'
import { parameters, rate } from '../../../format/numbers.ts'
import type { StateWords } from '../../../format/task-words.ts'

/** A newer catalogue may have groups that this program has no words for. */
export function groupTitle(name: string): string {
  const group = modelGroups.find((known) => known === name)
  return group === undefined ? name : t(`models-get:group.${group}`)
}

export const modelKinds = ['chat', 'base', 'embedding'] as const satisfies CatalogueModelView['kind'][]

export function kindTitle(kind: CatalogueModelView['kind']): string {
  return t(`models-get:kind.${kind}`)
}

/** Too large is nothing to mend, so it has no colour of its own. */
export function verdictWords({ verdict, gpuLayers, totalLayers }: FitView): StateWords {
  if (verdict === 'fits') {
    const label = gpuLayers > 0 ? t('models-get:verdict.fitsOnGpu') : t('models-get:verdict.fits')
    return { label, tone: 'earned' }
  }
  if (verdict === 'tooLarge') return { label: t('models-get:verdict.tooLarge'), tone: 'neutral' }
  return { label: t('models-get:verdict.partly', { gpu: gpuLayers, total: totalLayers }), tone: 'waiting' }
}

/** `4B`, or `30B, 3B active` of a mixture of experts. */
export function parameterWords({ parameterCount, activeParameterCount }: CatalogueModelView): string {
  const all = parameters(parameterCount)
  return activeParameterCount === undefined
    ? all
    : t('models-get:parameters', { all, active: parameters(activeParameterCount) })
}

/** `32k` or `1M`, as context lengths are said: in steps of 1,024. */
export function contextWords(tokens: number): string {
  if (tokens >= 1_024 ** 2) return `${Math.round(tokens / 1_024 ** 2)}M`
  return tokens >= 1_024 ? `${Math.round(tokens / 1_024)}k` : String(tokens)
}

/** `≈ 12 tokens/s`; only a measurement of this very model stands without the sign. */
export function speedText({ speed, verdict }: FitView): string | undefined {
  if (speed === undefined || verdict === 'tooLarge') return undefined
  return t(speed.basis === 'thisModel' ? 'models:speed' : 'models-get:speed.expected', {
    rate: rate(speed.tokensPerSecond),
  })
}

/** How sure the expected speed is. */
export function certaintyWords({ speed }: FitView): string | undefined {
  if (speed === undefined) return undefined
  return t(`models-get:speed.basis.${speed.basis}`, {
    low: rate(speed.range.low),
    high: rate(speed.range.high),
  })
}

export function memoryBytes({ ram, vram }: FitView): number {
  return ram.neededBytes + vram.neededBytes
}
