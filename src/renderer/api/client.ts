import { QueryClient } from '@tanstack/react-query'
import { createTRPCClient, type TRPCClient } from '@trpc/client'
import { createTRPCContext } from '@trpc/tanstack-react-query'
import type { AppRouter } from '../../api/router.ts'
import type { Bridge } from './bridge.ts'
import { readFailure } from './failure.ts'
import { ipcLink } from './ipc-link.ts'

export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>()

export type ApiClient = TRPCClient<AppRouter>

export function createApiClient(bridge: Bridge): ApiClient {
  return createTRPCClient<AppRouter>({ links: [ipcLink({ bridge })] })
}

/** What changes by subscription is never stale; the node is on this computer, so being off the internet stops nothing. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: 'always',
        refetchOnWindowFocus: false,
        staleTime: Number.POSITIVE_INFINITY,
        retry: (failures, error) => failures < 2 && readFailure(error).code === undefined,
      },
      mutations: { networkMode: 'always' },
    },
  })
}
