import { useMutation, useQuery } from '@tanstack/react-query'
import { t } from '../../../locales/translate.ts'
import type { RecoveryView } from '../../../protocol/recovery-views.ts'
import { useTRPC } from '../../api/client.ts'
import { notifyFailure } from '../../app/notify.tsx'

/** What was mended, safe mode and backups; undefined until the node has answered for the first time. */
export function useRecovery(): RecoveryView | undefined {
  return useQuery(useTRPC().recovery.view.queryOptions()).data
}

/** What can be done about it. What fails is told in a notification. */
export function useRecoveryActions() {
  const { recovery } = useTRPC()
  const onError = (error: unknown) => notifyFailure(error, t('recovery:failed'))
  return {
    dismiss: useMutation(recovery.dismiss.mutationOptions({ onError })),
    openKept: useMutation(recovery.openKept.mutationOptions({ onError })),
    backUp: useMutation(recovery.backUp.mutationOptions({ onError })),
    startNormally: useMutation(recovery.startNormally.mutationOptions({ onError })),
    restoreBackup: useMutation(recovery.restoreBackup.mutationOptions({ onError })),
    resetSettings: useMutation(recovery.resetSettings.mutationOptions({ onError })),
    restart: useMutation(recovery.restart.mutationOptions({ onError })),
  }
}
