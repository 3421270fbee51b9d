import type { ModelShape } from '../../../protocol/gguf/model-shape.ts'
import { typicalShape } from '../../../protocol/model-fit/typical-shape.ts'
import type { FitCandidate } from './recommend.ts'
import { expectedWeightsBytes } from './weights-size.ts'

/** What is needed of a catalogue's model. */
export interface OfferedModel {
  readonly id: string
  readonly title: string
  readonly parameterCount: number
  /** Of those that one token uses, where it does not use all. */
  readonly activeParameterCount?: number | undefined
  readonly contextLength: number
  readonly licence?: { readonly id: string } | undefined
  readonly kind: FitCandidate['kind']
  readonly groups: readonly string[]
  readonly shape?: ModelShape | undefined
  readonly variants: readonly OfferedVariant[]
}

export interface OfferedVariant {
  readonly name: string
  readonly quantisation: string
  readonly files: readonly { readonly sizeBytes?: number | undefined }[]
}

/** Every variant of a catalogue as fits are worked out for it. @param qualityOf higher is better */
export function candidatesOf<Model extends OfferedModel>(
  models: readonly Model[],
  qualityOf: (model: Model) => number,
): FitCandidate[] {
  return models.flatMap((model) =>
    model.variants.map((variant): FitCandidate => {
      const { id, title, kind, groups, parameterCount, contextLength, licence, shape } = model
      const bytes = sizeOf(variant) ?? expectedWeightsBytes(parameterCount, variant.quantisation)
      return {
        name: variant.name,
        modelId: id,
        title,
        quantisation: variant.quantisation,
        kind,
        groups,
        parameterCount,
        contextLength,
        downloadBytes: bytes,
        weightsBytes: bytes,
        quality: qualityOf(model),
        shape: shape ?? shapeBySize(model),
        exact: shape !== undefined,
        ...(licence !== undefined && { licence: licence.id }),
      }
    }),
  )
}

/** Of all files together; undefined where one of them is not known. */
function sizeOf({ files }: OfferedVariant): number | undefined {
  let sum = 0
  for (const { sizeBytes } of files) {
    if (sizeBytes === undefined) return undefined
    sum += sizeBytes
  }
  return files.length === 0 ? undefined : sum
}

/** Parts of a hundred that a model of experts is thought to have, where nobody says how many there are. */
const EXPERTS = 100

function shapeBySize({ parameterCount, activeParameterCount }: OfferedModel): ModelShape {
  const active = activeParameterCount ?? parameterCount
  // It is as wide as its active part, and as heavy as all.
  const shape = typicalShape(active)
  if (!(active < parameterCount)) return shape
  const used = Math.max(1, Math.round((EXPERTS * active) / parameterCount))
  const feedForward = Math.max(1, Math.round(shape.feedForward / used))
  return { ...shape, experts: { count: EXPERTS, used, feedForward } }
}
