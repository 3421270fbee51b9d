import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { t } from '../../locales/translate.ts'
import type { SettingsView } from '../../protocol/views.ts'
import { useTRPC } from '../api/client.ts'
import { notifyFailure } from './notify.tsx'

type Theme = SettingsView['theme']

/** The theme as the settings have it; undefined until they are read. */
export function useTheme(): { readonly theme: Theme | undefined; readonly setTheme: (theme: Theme) => void } {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const settings: SettingsView | undefined = useQuery(trpc.settings.get.queryOptions()).data
  const set = useMutation(
    trpc.settings.set.mutationOptions({
      onSuccess: (changed) => cache.setQueryData(trpc.settings.get.queryKey(), changed),
      onError: (error) => notifyFailure(error, t('shell:themeNotChanged')),
    }),
  )
  return { theme: settings?.theme, setTheme: (theme) => set.mutate({ theme }) }
}
