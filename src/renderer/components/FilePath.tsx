import { useQuery } from '@tanstack/react-query'
import { useTRPC } from '../api/client.ts'
import { shortPath } from '../format/identifiers.ts'

/** Where a file is, with `~` for the home folder; all of it to who points at it. */
export function FilePath({ path }: { readonly path: string }) {
  return <code title={path}>{useShortPath()(path)}</code>
}

/** The same for sentences. Paths stay whole until it is known where home is. */
export function useShortPath(): (path: string) => string {
  const home = useQuery(useTRPC().app.info.queryOptions()).data?.homeDir
  return (path) => shortPath(path, home)
}
