import { ActionIcon, Button } from '@mantine/core'
import { IconFolder, IconFolderPlus, IconX } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { SettingsView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyFailure } from '../../../app/notify.tsx'
import { Panel } from '../../../components/Panel.tsx'
import classes from './Folders.module.css'

/** Further folders that scans look into. */
export function Folders() {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const folders =
    (useQuery(trpc.settings.get.queryOptions()).data as SettingsView | undefined)?.modelFolders ?? []
  const scan = useMutation(
    trpc.localModels.scan.mutationOptions({
      onError: (error) => notifyFailure(error, 'The scan could not be started'),
    }),
  )
  const save = useMutation(
    trpc.settings.set.mutationOptions({
      onSuccess: (settings) => {
        cache.setQueryData(trpc.settings.get.queryKey(), settings)
        scan.mutate(undefined)
      },
      onError: (error) => notifyFailure(error, 'The folders could not be saved'),
    }),
  )
  const pick = useMutation(
    trpc.localModels.pickFolder.mutationOptions({
      onSuccess: (picked) => {
        if (picked !== null && !folders.includes(picked)) save.mutate({ modelFolders: [...folders, picked] })
      },
      onError: (error) => notifyFailure(error, 'No folder could be chosen'),
    }),
  )
  return (
    <Panel
      title="Your folders"
      aside={
        <Button
          leftSection={<IconFolderPlus aria-hidden size={15} />}
          loading={pick.isPending || save.isPending}
          onClick={() => pick.mutate()}
        >
          Add a folder…
        </Button>
      }
    >
      {folders.length === 0 ? (
        <p className={classes.note}>
          LM Studio, Ollama, Hugging Face, llama.cpp, GPT4All and Jan are found without. Add a folder if you
          keep models somewhere else, or drop GGUF files and folders onto the window. Nothing in them is
          changed.
        </p>
      ) : (
        <ul className={classes.list} aria-label="Your folders">
          {folders.map((folder) => (
            <li key={folder}>
              <IconFolder aria-hidden size={16} stroke={1.6} />
              <code title={folder}>{folder}</code>
              <ActionIcon
                size={24}
                aria-label={`Look into ${folder} no more`}
                onClick={() => save.mutate({ modelFolders: folders.filter((other) => other !== folder) })}
              >
                <IconX aria-hidden size={14} />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
