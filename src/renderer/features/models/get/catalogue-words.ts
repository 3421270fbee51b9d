import type { CatalogueModelView } from '../../../../protocol/catalogue-views.ts'
import type { FitView } from '../../../../protocol/fit-views.ts'
import { parameters, rate } from '../../../format/numbers.ts'
import type { StateWords } from '../../../format/task-words.ts'

export const groupTitles: Readonly<Record<string, string>> = {
  small: 'Small',
  mid: 'Mid-sized',
  large: 'Large',
  reasoning: 'Reasoning',
  coder: 'Code',
  ollama: 'In Ollama’s library',
  openrouter: 'At OpenRouter',
  chat: 'Chat',
  base: 'Base',
  embedding: 'Embedding',
}

export const kindTitles: Readonly<Record<CatalogueModelView['kind'], string>> = {
  chat: 'Chat',
  base: 'Base, for completion',
  embedding: 'Embedding',
}

/** Too large is nothing to mend, so it has no colour of its own. */
export function verdictWords({ verdict, gpuLayers, totalLayers }: FitView): StateWords {
  if (verdict === 'fits') return { label: gpuLayers > 0 ? 'Fits on GPU' : 'Fits', tone: 'earned' }
  if (verdict === 'tooLarge') return { label: 'Too large', tone: 'neutral' }
  return { label: `${gpuLayers}/${totalLayers} on GPU`, tone: 'waiting' }
}

/** `4B`, or `30B, 3B active` of a mixture of experts. */
export function parameterWords({ parameterCount, activeParameterCount }: CatalogueModelView): string {
  const all = parameters(parameterCount)
  return activeParameterCount === undefined ? all : `${all}, ${parameters(activeParameterCount)} active`
}

/** `32k` or `1M`, as context lengths are said: in steps of 1,024. */
export function contextWords(tokens: number): string {
  if (tokens >= 1_024 ** 2) return `${Math.round(tokens / 1_024 ** 2)}M`
  return tokens >= 1_024 ? `${Math.round(tokens / 1_024)}k` : String(tokens)
}

/** `≈ 12 tokens/s`; only a measurement of this very model stands without the sign. */
export function speedText({ speed, verdict }: FitView): string | undefined {
  if (speed === undefined || verdict === 'tooLarge') return undefined
  return `${speed.basis === 'thisModel' ? '' : '≈ '}${rate(speed.tokensPerSecond)} tokens/s`
}

const certainty: Readonly<Record<NonNullable<FitView['speed']>['basis'], string>> = {
  thisModel: 'measured with this model here',
  measured: 'from another model measured here',
  memory: 'from the speed of this memory',
  reference: 'from another computer, so roughly',
}

/** How sure the expected speed is. */
export function certaintyWords({ speed }: FitView): string | undefined {
  if (speed === undefined) return undefined
  return `${rate(speed.range.low)} to ${rate(speed.range.high)}, ${certainty[speed.basis]}`
}

export function memoryBytes({ ram, vram }: FitView): number {
  return ram.neededBytes + vram.neededBytes
}
