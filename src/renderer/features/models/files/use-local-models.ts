import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { LocalScanView } from '../../../../protocol/local-model-views.ts'
import { useTRPC, useTRPCClient } from '../../../api/client.ts'
import type { IpcCallContext } from '../../../api/ipc-link.ts'

/**
 * What the last scan found, followed while somebody looks at it: putting thousands of files into groups again after
 * every change of a model is for nobody otherwise.
 */
export function useLocalModels(): {
  readonly data: LocalScanView | undefined
  readonly error: unknown
  readonly refetch: () => void
} {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const cache = useQueryClient()
  const { data, error, refetch } = useQuery(trpc.localModels.results.queryOptions())
  useEffect(() => {
    const subscription = client.localModels.onChange.subscribe(undefined, {
      context: { resubscribe: true } satisfies IpcCallContext as Record<string, unknown>,
      onData: (view) => cache.setQueryData(trpc.localModels.results.queryKey(), view),
    })
    return () => subscription.unsubscribe()
  }, [trpc, client, cache])
  return { data, error, refetch: () => void refetch() }
}
