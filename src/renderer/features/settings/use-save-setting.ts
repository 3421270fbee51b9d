import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
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
  readonly state: SaveState
  /** Takes the reason of a refusal away: it is not about what is typed next. */
  readonly dismiss: () => void
} {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const [state, setState] = useState<SaveState>({ kind: 'idle' })
  const set = useMutation(
    trpc.settings.set.mutationOptions({
      onMutate: () => setState({ kind: 'saving' }),
      onSuccess: (settings) => {
        cache.setQueryData(trpc.settings.get.queryKey(), settings)
        setState({ kind: 'saved' })
      },
      onError: (error) => {
        const { message, issues } = readFailure(error)
        const [issue] = issues
        setState({ kind: 'refused', message: issue === undefined ? message : `Expected ${issue.expected}` })
      },
    }),
  )

  useEffect(() => {
    if (state.kind !== 'saved') return
    const timer = setTimeout(() => setState({ kind: 'idle' }), 2_000)
    return () => clearTimeout(timer)
  }, [state])

  return {
    save: (key, value) => set.mutate({ [key]: value }),
    state,
    dismiss: () => setState((now) => (now.kind === 'refused' ? { kind: 'idle' } : now)),
  }
}
