import { canonicalName } from '../../../protocol/catalogue/find-variant.ts'
import type { Catalogue } from '../../../protocol/catalogue/schema.ts'
import type { InferenceEngine } from '../../inference/contract.ts'
import type { ModelSource, ServedModel } from '../../tasks/contract.ts'

export interface AnnouncedComponents {
  /** The registry: `names` has all of its models, served or not. */
  readonly models: ModelSource & { names(): readonly string[] }
  readonly engine: Pick<InferenceEngine, 'generate' | 'embed' | 'score'>
  readonly catalogue: { current(): Catalogue; onChange(listener: () => void): () => void }
}

/** Models and engine as tasks and the network see them: under canonical names. */
export interface Announced {
  readonly models: ModelSource
  readonly engine: Pick<InferenceEngine, 'generate' | 'embed' | 'score'>
}

/**
 * Puts canonical names between what the operator calls his models and what goes over the wire: a model that is kept here under
 * an alias (`llama3.1:latest`) is announced and asked for as what it is an alias of; any other name stays. Of two of ours that
 * would have one name, the one that is called so counts, else the first.
 */
export function announceCanonical({ models, engine, catalogue }: AnnouncedComponents): Announced {
  const nameOf = (own: string) => canonicalName(catalogue.current(), own)
  /** Our own name of a model: of several, that of the one which can be used. The name itself where we have none such. */
  const ownName = (name: string) => {
    const own = models.names()
    const meant = [
      ...own.filter((one) => one === name),
      ...own.filter((one) => one !== name && nameOf(one) === nameOf(name)),
    ]
    return (
      meant.find((one) => models.get(one) !== undefined) ??
      meant.find((one) => models.expected(one)) ??
      meant[0] ??
      name
    )
  }
  const asAnnounced = (model: ServedModel): ServedModel => ({ ...model, name: nameOf(model.name) })
  return {
    models: {
      served: () => {
        const named = new Map<string, ServedModel>()
        for (const model of models.served()) {
          const name = nameOf(model.name)
          if (!named.has(name) || model.name === name) named.set(name, asAnnounced(model))
        }
        return [...named.values()]
      },
      get: (name) => {
        const own = models.get(ownName(name))
        return own === undefined ? undefined : asAnnounced(own)
      },
      expected: (name) => models.expected(ownName(name)),
      whyNot: (name) => models.whyNot(ownName(name)),
      onChange: (listener) => {
        const unsubscribe = [models.onChange(listener), catalogue.onChange(listener)]
        return () => {
          for (const end of unsubscribe) end()
        }
      },
    },
    engine: {
      generate: (request, ...rest) => engine.generate({ ...request, model: ownName(request.model) }, ...rest),
      embed: (request, ...rest) => engine.embed({ ...request, model: ownName(request.model) }, ...rest),
      score: (request, ...rest) => engine.score({ ...request, model: ownName(request.model) }, ...rest),
    },
  }
}
