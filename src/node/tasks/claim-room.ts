import { withinPrice } from '../../protocol/money.ts'
import type { ModelDescription } from '../../protocol/wire/messages.pb.ts'
import type { ToolBox } from '../tools/contract.ts'
import type { ModelSource, ServedModel } from './contract.ts'
import type { OpenOffer } from './open-offers.ts'

export interface Abilities {
  readonly models: ModelSource
  readonly toolBox: Pick<ToolBox, 'available'>
}

/**
 * The models of an offer that we serve, at a price within its limit and with the weights it insists on; none where we lack
 * a tool that its tasks need.
 */
export function eligibleModels(offer: OpenOffer, { models, toolBox }: Abilities): readonly ServedModel[] {
  const { offer: wire } = offer.verified
  if (wire.tools.length > 0) {
    const available: ReadonlySet<string> = toolBox.available()
    if (!wire.tools.every((tool) => available.has(tool))) return []
  }
  const limit = {
    promptMicroPer1k: wire.maxPromptMicroPer1k,
    completionMicroPer1k: wire.maxCompletionMicroPer1k,
  }
  const eligible: ServedModel[] = []
  for (const name of offer.models) {
    const model = models.get(name)
    if (model === undefined || !withinPrice(model.price, limit)) continue
    if (wire.modelDigest.byteLength > 0 && !Buffer.from(wire.modelDigest).equals(model.digest)) continue
    eligible.push(model)
  }
  return eligible
}

export interface ClaimRoomInit extends Abilities {
  /** Tasks of a model that take up room. */
  readonly tasksIn: (model: string) => number
  readonly offers: Iterable<OpenOffer>
  /** Tasks that may wait beyond the slots. */
  readonly prefetch: number
}

/**
 * How many more tasks each model could take, at one moment: its slots and the prefetch, less its tasks, less the
 * credits that are out. A credit counts against every model of its offer, because the requester chooses.
 */
export class ClaimRoom {
  readonly #abilities: Abilities
  readonly #left = new Map<string, number>()

  constructor({ models, toolBox, tasksIn, offers, prefetch }: ClaimRoomInit) {
    this.#abilities = { models, toolBox }
    for (const model of models.served()) {
      this.#left.set(model.name, model.slots + prefetch - tasksIn(model.name))
    }
    for (const offer of offers) this.take(offer, offer.granted)
  }

  /** Tasks that an offer could still be given: on the model that has most room. */
  for(offer: OpenOffer): number {
    return Math.max(
      0,
      ...eligibleModels(offer, this.#abilities).map((model) => this.#left.get(model.name) ?? 0),
    )
  }

  /** Slots of the largest of an offer's models. */
  slotsFor(offer: OpenOffer): number {
    return Math.max(0, ...eligibleModels(offer, this.#abilities).map((model) => model.slots))
  }

  take(offer: OpenOffer, credits = 1): void {
    for (const model of offer.models) this.#left.set(model, (this.#left.get(model) ?? 0) - credits)
  }
}

export function describeModel(model: ServedModel): ModelDescription {
  return {
    name: model.name,
    digest: new Uint8Array(model.digest),
    contextSize: model.contextSize,
    slots: model.slots,
    tokensPerSecond: model.tokensPerSecond,
    promptMicroPer1k: model.price.promptMicroPer1k,
    completionMicroPer1k: model.price.completionMicroPer1k,
  }
}
