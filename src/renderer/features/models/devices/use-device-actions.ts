import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTRPC } from '../../../api/client.ts'
import { notifyDone, notifyFailure } from '../../../app/notify.tsx'

export interface DeviceActions {
  readonly look: () => void
  readonly looking: boolean
  readonly choose: (patch: { devices?: 'auto' | readonly string[]; cpuFallback?: boolean }) => void
  readonly choosing: boolean
}

/** Looking for devices again, and choosing among them. */
export function useDeviceActions(): DeviceActions {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const viewKey = trpc.devices.view.queryKey()
  const probe = useMutation(
    trpc.devices.probe.mutationOptions({
      onSuccess: (view) => {
        cache.setQueryData(viewKey, view)
        const found = view.devices.filter(({ backend }) => backend !== 'cpu').map(({ name }) => name)
        notifyDone(
          'Looked for devices',
          found.length === 0 ? 'No GPU was found.' : `Found ${found.join(', ')}.`,
        )
      },
      onError: (error) => notifyFailure(error, 'The devices could not be looked at'),
    }),
  )
  const choose = useMutation(
    trpc.devices.choose.mutationOptions({
      onSuccess: (view) => cache.setQueryData(viewKey, view),
      onError: (error) => notifyFailure(error, 'The devices could not be chosen'),
    }),
  )
  return {
    look: () => probe.mutate(),
    looking: probe.isPending,
    choose: (patch) => choose.mutate(patch),
    choosing: choose.isPending,
  }
}
