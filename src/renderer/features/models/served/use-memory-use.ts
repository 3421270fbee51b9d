import { useQuery } from '@tanstack/react-query'
import type { MachineView } from '../../../../protocol/fit-views.ts'
import type { ModelView, SettingsView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { type MemoryUse, memoryUse } from './memory-use.ts'

/** Other programs take and free memory without telling anybody. */
const REFRESH_MS = 5_000

export interface MemoryUseRead {
  /** The computer's memory, then each GPU's; undefined until the node has answered for the first time. */
  readonly uses: readonly MemoryUse[] | undefined
  readonly machine: MachineView | undefined
  readonly settings: SettingsView | undefined
  readonly error: unknown
  readonly retry: () => void
}

/** What takes memory here and what models may take of it, read again every few seconds. */
export function useMemoryUse(models: readonly ModelView[]): MemoryUseRead {
  const trpc = useTRPC()
  const {
    data: machine,
    error,
    refetch,
  } = useQuery({
    ...trpc.fit.machine.queryOptions(),
    refetchOnMount: 'always',
    refetchInterval: REFRESH_MS,
  })
  const settings: SettingsView | undefined = useQuery(trpc.settings.get.queryOptions()).data
  return {
    uses:
      machine === undefined || settings === undefined
        ? undefined
        : memoryUse(machine, models, settings.memoryBudgetBytes),
    machine,
    settings,
    error,
    retry: () => void refetch(),
  }
}
