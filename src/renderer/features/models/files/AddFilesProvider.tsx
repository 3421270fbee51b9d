import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useMemo, useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import type { AddedFileView } from '../../../../protocol/local-model-views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyDone, notifyFailure } from '../../../app/notify.tsx'
import { AddedFiles } from './AddedFiles.tsx'
import { AddFilesContext } from './use-add-files.ts'

/** Serves files where they are, wherever in the window they were named or dropped, and says what became of them. */
export function AddFilesProvider({ children }: { readonly children: ReactNode }) {
  const trpc = useTRPC()
  const [results, setResults] = useState<readonly AddedFileView[]>([])
  const add = useMutation(
    trpc.localModels.addFiles.mutationOptions({
      onSuccess: (files) => {
        if (files.some(({ outcome }) => outcome === 'refused')) setResults(files)
        else notifyDone(...successWords(files))
      },
      onError: (error) => notifyFailure(error, t('models-files:added.failed')),
    }),
  )
  const { isPending, mutate } = add
  const context = useMemo(
    () => ({ pending: isPending, addFiles: (paths: readonly string[]) => mutate({ paths: [...paths] }) }),
    [isPending, mutate],
  )
  return (
    <AddFilesContext value={context}>
      {children}
      <AddedFiles files={results} onClose={() => setResults([])} />
    </AddFilesContext>
  )
}

function successWords(files: readonly AddedFileView[]): [title: string, message: string] {
  const added = files.filter(({ outcome }) => outcome === 'added')
  const [first] = added
  if (first === undefined) return [t('models-files:added.nothing'), t('models-files:added.nothingNote')]
  if (added.length === 1)
    return [t('models-files:added.one'), t('models-files:added.oneNote', { name: first.name })]
  return [t('models-files:added.many', { count: added.length }), t('models-files:added.manyNote')]
}
