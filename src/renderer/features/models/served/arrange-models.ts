import type { ModelView } from '../../../../protocol/views.ts'

export const modelOrders = ['state', 'name', 'size', 'speed'] as const
export type ModelOrder = (typeof modelOrders)[number]

const stateRank = { failed: 0, suspended: 1, loading: 2, ready: 3, idle: 4, unloaded: 5 } as const

/** The models whose name, architecture, quantisation or file has the text, in that order. */
export function arrangeModels(models: readonly ModelView[], search: string, order: ModelOrder): ModelView[] {
  const wanted = search.trim().toLowerCase()
  const compare: Readonly<Record<ModelOrder, (a: ModelView, b: ModelView) => number>> = {
    state: (a, b) => stateRank[a.state] - stateRank[b.state],
    name: () => 0,
    size: (a, b) => b.sizeBytes - a.sizeBytes,
    speed: (a, b) => (b.tokensPerSecond ?? 0) - (a.tokensPerSecond ?? 0),
  }
  return models
    .filter((model) =>
      [model.name, model.architecture, model.quantisation, model.path].some(
        (text) => text?.toLowerCase().includes(wanted) === true,
      ),
    )
    .sort((a, b) => compare[order](a, b) || a.name.localeCompare(b.name))
}
