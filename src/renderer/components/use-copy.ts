import { useMutation } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useTRPC } from '../api/client.ts'

/** Copies by way of the main process: the page itself has no rights to the clipboard. */
export function useCopy(): { readonly copied: boolean; readonly copy: (text: string) => void } {
  const trpc = useTRPC()
  const [copied, setCopied] = useState(false)
  const mutation = useMutation(trpc.app.copy.mutationOptions({ onSuccess: () => setCopied(true) }))

  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1_500)
    return () => clearTimeout(timer)
  }, [copied])

  return { copied, copy: (text) => mutation.mutate({ text }) }
}
