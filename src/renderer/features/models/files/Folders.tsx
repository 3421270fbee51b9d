import { ActionIcon, Button } from '@mantine/core'
import { IconFolder, IconFolderPlus, IconX } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { t } from '../../../../locales/translate.ts'
import type { SettingsView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyFailure } from '../../../app/notify.tsx'
import { FilePath } from '../../../components/FilePath.tsx'
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
      onError: (error) => notifyFailure(error, t('models-files:folders.notScanned')),
    }),
  )
  const save = useMutation(
    trpc.settings.set.mutationOptions({
      onSuccess: (settings) => {
        cache.setQueryData(trpc.settings.get.queryKey(), settings)
        scan.mutate(undefined)
      },
      onError: (error) => notifyFailure(error, t('models-files:folders.notSaved')),
    }),
  )
  const pick = useMutation(
    trpc.localModels.pickFolder.mutationOptions({
      onSuccess: (picked) => {
        if (picked !== null && !folders.includes(picked)) save.mutate({ modelFolders: [...folders, picked] })
      },
      onError: (error) => notifyFailure(error, t('models-files:folders.notChosen')),
    }),
  )
  return (
    <Panel
      title={t('models-files:folders.title')}
      aside={
        <Button
          leftSection={<IconFolderPlus aria-hidden size={15} />}
          loading={pick.isPending || save.isPending}
          onClick={() => pick.mutate()}
        >
          {t('models-files:folders.add')}
        </Button>
      }
    >
      {folders.length === 0 ? (
        <p className={classes.note}>{t('models-files:folders.note')}</p>
      ) : (
        <ul className={classes.list} aria-label={t('models-files:folders.title')}>
          {folders.map((folder) => (
            <li key={folder}>
              <IconFolder aria-hidden size={16} stroke={1.6} />
              <FilePath path={folder} />
              <ActionIcon
                size={24}
                aria-label={t('models-files:folders.forget', { folder })}
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
