import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTRPC } from '../../../api/client.ts'
import { useModels } from '../../../app/use-node.ts'
import { usePulls } from '../get/use-pulls.ts'
import { DiskUse } from './DiskUse.tsx'
import classes from './FilesTab.module.css'
import { Folders } from './Folders.tsx'
import { FoundModels } from './FoundModels.tsx'
import { KeptModels } from './KeptModels.tsx'

/** What is on this computer already, what it takes of the disk, and how to serve or delete it. */
export function FilesTab() {
  useFreshDiskUse()
  return (
    <div className={classes.parts}>
      <DiskUse />
      <FoundModels />
      <Folders />
      <KeptModels />
    </div>
  )
}

/** What the disk holds is measured again when models come or go, and when a download ends or is cancelled. */
function useFreshDiskUse(): void {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const names = (useModels() ?? []).map(({ name }) => name)
  const ends = (usePulls().data ?? []).map(({ id, state }) => `${id} ${state}`)
  const signature = [...names, ...ends].join('\n')
  // biome-ignore lint/correctness/useExhaustiveDependencies: the signature is what it is measured again for
  useEffect(() => {
    void cache.invalidateQueries(trpc.localModels.diskUse.queryFilter())
    void cache.invalidateQueries(trpc.localModels.leftovers.queryFilter())
  }, [signature, trpc, cache])
}
