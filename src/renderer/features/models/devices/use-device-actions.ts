import { useMutation, useQueryClient } from '@tanstack/react-query'
import { t } from '../../../../locales/translate.ts'
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
          t('models-devices:action.looked'),
          found.length === 0
            ? t('models-devices:action.noGpu')
            : t('models-devices:action.found', { devices: found.join(', ') }),
        )
      },
      onError: (error) => notifyFailure(error, t('models-devices:action.notLooked')),
    }),
  )
  const choose = useMutation(
    trpc.devices.choose.mutationOptions({
      onSuccess: (view) => cache.setQueryData(viewKey, view),
      onError: (error) => notifyFailure(error, t('models-devices:action.notChosen')),
    }),
  )
  return {
    look: () => probe.mutate(),
    looking: probe.isPending,
    choose: (patch) => choose.mutate(patch),
    choosing: choose.isPending,
  }
}
