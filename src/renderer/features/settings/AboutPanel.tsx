import { Button } from '@mantine/core'
import { IconFolderOpen } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { t } from '../../../locales/translate.ts'
import type { AppInfoView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { notifyFailure } from '../../app/notify.tsx'
import { FilePath } from '../../components/FilePath.tsx'
import { Facts, Panel } from '../../components/Panel.tsx'
import { bytes } from '../../format/numbers.ts'

/** What this program is, where its data is, and what it runs on. */
export function AboutPanel() {
  const trpc = useTRPC()
  const info: AppInfoView | undefined = useQuery(trpc.app.info.queryOptions()).data
  const open = useMutation(
    trpc.app.openDataFolder.mutationOptions({
      onError: (error) => notifyFailure(error, t('settings:about.folderFailed')),
    }),
  )
  if (info === undefined) return null
  return (
    <Panel
      title={t('settings:about.title')}
      aside={
        <Button leftSection={<IconFolderOpen aria-hidden size={15} />} onClick={() => open.mutate()}>
          {t('settings:about.openFolder')}
        </Button>
      }
    >
      <Facts
        facts={[
          ['Driad', `${info.version}${info.electron === undefined ? '' : ` · Electron ${info.electron}`}`],
          [t('settings:about.dataFolder'), <FilePath key="data" path={info.dataDir} />],
          [
            t('settings:about.computer'),
            t('settings:about.computerWords', {
              cpu: info.cpu,
              count: info.cores,
              memory: bytes(info.memoryBytes),
              system: `${info.platform} ${info.arch}`,
            }),
          ],
        ]}
      />
    </Panel>
  )
}
