import { createContext, useContext } from 'react'

export interface AddFiles {
  readonly addFiles: (paths: readonly string[]) => void
  /** Whether files are being added right now, by whoever. */
  readonly pending: boolean
}

export const AddFilesContext = createContext<AddFiles | undefined>(undefined)

export function useAddFiles(): AddFiles {
  const context = useContext(AddFilesContext)
  if (context === undefined) throw new Error('There is no AddFilesProvider above')
  return context
}
