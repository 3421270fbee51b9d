import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useMemo, useState } from 'react'
import type { AddedFileView } from '../../../../protocol/local-model-views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyDone, notifyFailure } from '../../../app/notify.tsx'
import { plural } from '../../../format/numbers.ts'
import { AddedFiles } from './AddedFiles.tsx'
import { DropModels } from './DropModels.tsx'
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
      onError: (error) => notifyFailure(error, 'Nothing could be added'),
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
      <DropModels />
      <AddedFiles files={results} onClose={() => setResults([])} />
    </AddFilesContext>
  )
}

function successWords(files: readonly AddedFileView[]): [title: string, message: string] {
  const added = files.filter(({ outcome }) => outcome === 'added')
  const [first] = added
  if (first === undefined) return ['Nothing to add', 'All of it is served already.']
  if (added.length === 1)
    return ['Model added', `${first.name} is loaded, or will be when a task asks for it.`]
  return [`${plural(added.length, 'model')} added`, 'They are loaded, or will be when a task asks for them.']
}
