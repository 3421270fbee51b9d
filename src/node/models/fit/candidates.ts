import { estimatedSizeBytes, sizeOf } from '../../../protocol/catalogue/estimated-size.ts'
import type { Catalogue, CatalogueModel } from '../../../protocol/catalogue/schema.ts'
import type { GpuMemoryView } from '../../../protocol/fit-views.ts'
import type { ModelShape } from '../../../protocol/gguf/model-shape.ts'
import type { ReferenceSpeed } from '../../../protocol/model-fit/expected-speed.ts'
import { typicalShape } from '../../../protocol/model-fit/typical-shape.ts'
import type { FitCandidate } from './recommend.ts'

/** Parts of a hundred that a model of experts is thought to have: the catalogue says how much of it is active. */
const EXPERTS = 100

/** A refreshed catalogue is another object. */
const known = new WeakMap<Catalogue, readonly FitCandidate[]>()

/** Every variant of a catalogue as fits are worked out for it. */
export function catalogueCandidates(catalogue: Catalogue): readonly FitCandidate[] {
  const before = known.get(catalogue)
  if (before !== undefined) return before
  const candidates = catalogue.models.flatMap((model) =>
    model.variants.map((variant): FitCandidate => {
      const { bytes } = sizeOf(model, variant)
      return {
        name: variant.name,
        aliases: variant.aliases,
        modelId: model.id,
        title: model.title,
        quantisation: variant.quantisation,
        kind: model.kind,
        groups: model.groups,
        parameterCount: model.parameterCount,
        contextLength: model.contextLength,
        downloadBytes: bytes,
        weightsBytes: bytes,
        licence: model.licence.id,
        gated: model.licence.gated === true,
        quality: model.quality.rank,
        shape: withExperts(
          model,
          model.shape ?? typicalShape(model.activeParameterCount ?? model.parameterCount),
        ),
        exact: model.shape !== undefined,
      }
    }),
  )
  known.set(catalogue, candidates)
  return candidates
}

/** As wide as the shape says, and of its weights as much used for a token as is active. */
function withExperts(
  { parameterCount, activeParameterCount }: Pick<CatalogueModel, 'parameterCount' | 'activeParameterCount'>,
  shape: ModelShape,
): ModelShape {
  const active = activeParameterCount ?? parameterCount
  if (shape.experts !== undefined || !(active < parameterCount)) return shape
  const used = Math.max(1, Math.round((EXPERTS * active) / parameterCount))
  const feedForward = Math.max(1, Math.round(shape.feedForward / used))
  return { ...shape, experts: { count: EXPERTS, used, feedForward } }
}

/**
 * Published speeds, of the machines most like this one first: those whose name its GPU shares, then the slower ones,
 * so that nothing is promised that another machine can do.
 */
export function referenceSpeeds(
  machines: Catalogue['referenceMachines'],
  gpus: readonly Pick<GpuMemoryView, 'name'>[] = [],
): ReferenceSpeed[] {
  const own = new Set(gpus.flatMap(({ name }) => wordsOf(name)))
  const alike = (device: string) => wordsOf(device).filter((word) => own.has(word)).length
  return [...machines]
    .sort((a, b) => alike(b.device) - alike(a.device) || a.memoryBandwidthGBs - b.memoryBandwidthGBs)
    .map(({ device, backend, parameterCount, quantisation, pp512, tg128 }) => {
      const bytes = estimatedSizeBytes({ parameterCount, shape: undefined }, quantisation)
      return {
        name: device,
        onGpu: backend !== 'cpu',
        bytesPerSecond: bytes * tg128,
        promptBytesPerSecond: bytes * pp512,
      }
    })
}

function wordsOf(name: string): string[] {
  return name.toLowerCase().match(/[a-z0-9]+/g) ?? []
}
