import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { SettingsView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { readFailure } from '../../api/failure.ts'

export type SaveSetting = <Key extends keyof SettingsView>(key: Key, value: SettingsView[Key]) => void

export type SaveState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'saving' }
  | { readonly kind: 'saved' }
  | { readonly kind: 'refused'; readonly message: string }

/** Saves one setting at once; what the node refuses stays as it was, with the reason. */
export function useSaveSetting(): {
  readonly save: SaveSetting
  /** Sets one back to its default. */
  readonly reset: (key: keyof SettingsView) => void
  readonly state: SaveState
  /** Takes the reason of a refusal away: it is not about what is typed next. */
  readonly dismiss: () => void
} {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const [state, setState] = useState<SaveState>({ kind: 'idle' })
  const options = {
    onMutate: () => setState({ kind: 'saving' }),
    onSuccess: (settings: SettingsView) => {
      cache.setQueryData(trpc.settings.get.queryKey(), settings)
      setState({ kind: 'saved' })
    },
    onError: (error: unknown) => {
      const { message, issues } = readFailure(error)
      const [issue] = issues
      setState({
        kind: 'refused',
        message: issue === undefined ? message : t('settings:expected', { what: issue.expected }),
      })
    },
  }
  const set = useMutation(trpc.settings.set.mutationOptions(options))
  const setBack = useMutation(trpc.settings.reset.mutationOptions(options))

  useEffect(() => {
    if (state.kind !== 'saved') return
    const timer = setTimeout(() => setState({ kind: 'idle' }), 2_000)
    return () => clearTimeout(timer)
  }, [state])

  return {
    save: (key, value) => set.mutate({ [key]: value }),
    reset: (key) => setBack.mutate({ keys: [key] }),
    state,
    dismiss: () => setState((now) => (now.kind === 'refused' ? { kind: 'idle' } : now)),
  }
}
