import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import type { RecommendationView } from '../../../../protocol/fit-views.ts'
import { useTRPC, useTRPCClient } from '../../../api/client.ts'
import type { IpcCallContext } from '../../../api/ipc-link.ts'
import { useModels } from '../../../app/use-node.ts'
import { useLocalModels } from '../files/use-local-models.ts'
import { ByReference } from './ByReference.tsx'
import { Catalogue } from './Catalogue.tsx'
import { Downloads } from './Downloads.tsx'
import classes from './GetModelsTab.module.css'
import { Recommendation } from './Recommendation.tsx'
import { GetModelsContext, useGettingModels } from './use-getting.ts'
import { usePulls } from './use-pulls.ts'
import { variantStates } from './variant-state.ts'

/** What to serve: the best for this computer, all of the catalogue, anything else by its address; and what is coming. */
export function GetModelsTab() {
  useFollowCatalogue()
  useFreshFits()
  const getting = useGettingModels()
  const models = useModels()
  const pulls = usePulls().data
  const weights = useLocalModels().data?.weights
  const stateOf = useMemo(
    () => variantStates({ models: models ?? [], pulls: pulls ?? [], weights: weights ?? [] }),
    [models, pulls, weights],
  )
  const context = useMemo(() => ({ ...getting, stateOf }), [getting, stateOf])
  const recommendation = useQuery(useTRPC().fit.recommend.queryOptions({}))
  const wanted = (recommendation.data as RecommendationView | undefined)?.wanted
  return (
    <GetModelsContext value={context}>
      <div className={classes.parts}>
        <Recommendation
          recommendation={recommendation.data}
          error={recommendation.error}
          onRetry={() => void recommendation.refetch()}
        />
        <Downloads />
        <ByReference />
        <Catalogue wanted={wanted} />
      </div>
    </GetModelsContext>
  )
}

/** What is free changes with every model that is loaded or given up, and a model's own speed is known once it was loaded. */
function useFreshFits(): void {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const loaded = (useModels() ?? []).filter(({ state }) => state === 'ready')
  const signature = loaded.map(({ name, benchmark }) => `${name} ${benchmark?.atMs ?? ''}`).join('\n')
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature is what it is asked again for
  useEffect(() => {
    void cache.invalidateQueries(trpc.fit.pathFilter())
  }, [signature, trpc, cache])
}

/** Another catalogue means other models, other fits, and perhaps another recommendation. */
function useFollowCatalogue(): void {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const cache = useQueryClient()
  useEffect(() => {
    let issuedAt: string | undefined
    const subscription = client.catalogue.onChange.subscribe(undefined, {
      context: { resubscribe: true } satisfies IpcCallContext as Record<string, unknown>,
      onData: (status) => {
        if (issuedAt !== undefined && status.issuedAt !== issuedAt) {
          void cache.invalidateQueries(trpc.catalogue.pathFilter())
          void cache.invalidateQueries(trpc.fit.pathFilter())
        }
        issuedAt = status.issuedAt
      },
    })
    return () => subscription.unsubscribe()
  }, [trpc, client, cache])
}
