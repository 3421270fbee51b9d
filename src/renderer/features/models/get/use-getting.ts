import { useQueryClient } from '@tanstack/react-query'
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import { useTRPC, useTRPCClient } from '../../../api/client.ts'
import { type Failure, readFailure } from '../../../api/failure.ts'
import { notifyFailure } from '../../../app/notify.tsx'
import type { VariantState } from './variant-state.ts'

export interface GetOptions {
  /** What the model is to be called. */
  readonly name?: string
}

/** A download that could not even begin. */
export interface FailedGet extends GetOptions {
  readonly model: string
  readonly failure: Failure
}

export interface Getting {
  /** True where the download has begun. */
  readonly get: (model: string, options?: GetOptions) => Promise<boolean>
  readonly isPending: (model: string) => boolean
  readonly failed: readonly FailedGet[]
  readonly dismiss: (model: string) => void
}

/** More failures than this nobody reads. */
const MAX_FAILED = 5

/** Puts models into the queue. Finding out what is meant may ask a server, so several may be on their way at a time. */
export function useGettingModels(): Getting {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const cache = useQueryClient()
  const [pending, setPending] = useState<readonly string[]>([])
  const [failed, setFailed] = useState<readonly FailedGet[]>([])
  const shown = useRef(true)
  useEffect(() => {
    shown.current = true
    return () => {
      shown.current = false
    }
  }, [])

  const dismiss = useCallback(
    (model: string) => setFailed((known) => known.filter((one) => one.model !== model)),
    [],
  )
  const get = useCallback(
    async (model: string, options: GetOptions = {}) => {
      setPending((known) => [...known, model])
      dismiss(model)
      try {
        await client.pulls.add.mutate({ model, ...options })
        void cache.invalidateQueries(trpc.pulls.list.queryFilter())
        return true
      } catch (error) {
        // Nobody is here any more to read it below the button.
        if (!shown.current) notifyFailure(error, t('models:downloadFailed', { name: model }))
        const failure = readFailure(error)
        setFailed((known) => [{ model, ...options, failure }, ...known].slice(0, MAX_FAILED))
        return false
      } finally {
        setPending((known) => known.filter((one) => one !== model))
      }
    },
    [client, cache, trpc, dismiss],
  )
  return useMemo(
    () => ({ get, dismiss, failed, isPending: (model: string) => pending.includes(model) }),
    [get, dismiss, failed, pending],
  )
}

export interface GetModels extends Getting {
  readonly stateOf: (name: string, aliases?: readonly string[]) => VariantState
}

export const GetModelsContext = createContext<GetModels | undefined>(undefined)

export function useGetModels(): GetModels {
  const context = useContext(GetModelsContext)
  if (context === undefined) throw new Error('There is no GetModelsContext above')
  return context
}
