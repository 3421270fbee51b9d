import { Button, Code, Modal, Table, Text } from '@mantine/core'
import { IconDownload, IconRestore, IconUpload } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { SettingsFileView, SettingsStateView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { notifyDone, notifyFailure } from '../../app/notify.tsx'
import { Panel } from '../../components/Panel.tsx'
import classes from './SettingsFilePanel.module.css'
import { settingTitle } from './setting-words.ts'

/** All settings at once: into a file, out of one after it was seen what that changes, or back to their defaults. */
export function SettingsFilePanel({ state }: { readonly state: SettingsStateView }) {
  const trpc = useTRPC()
  const [resetting, setResetting] = useState(false)
  const [opened, setOpened] = useState<SettingsFileView>()
  const count = state.changed.length
  const exportFile = useMutation(
    trpc.settings.exportFile.mutationOptions({
      onSuccess: (path) => {
        if (path !== null) notifyDone(t('settings:file.exported'), path)
      },
      onError: (error) => notifyFailure(error, t('settings:file.exportFailed')),
    }),
  )
  const openFile = useMutation(
    trpc.settings.openFile.mutationOptions({
      onSuccess: (file) => {
        if (file === null) return
        if (file.changes.length > 0 || file.unknown.length > 0) setOpened(file)
        else notifyDone(t('settings:file.nothingNew'), t('settings:file.nothingNewHint'))
      },
      onError: (error) => notifyFailure(error, t('settings:file.importFailed')),
    }),
  )
  return (
    <Panel title={t('settings:file.title')}>
      <p className={classes.explanation}>
        {count === 0 ? t('settings:file.allDefault') : t('settings:file.changed', { count })}{' '}
        {t('settings:file.explanation')}
      </p>
      <div className={classes.buttons}>
        <Button
          leftSection={<IconUpload aria-hidden size={15} />}
          loading={exportFile.isPending}
          onClick={() => exportFile.mutate()}
        >
          {t('settings:file.export')}
        </Button>
        <Button
          leftSection={<IconDownload aria-hidden size={15} />}
          loading={openFile.isPending}
          onClick={() => openFile.mutate()}
        >
          {t('settings:file.import')}
        </Button>
        <Button
          leftSection={<IconRestore aria-hidden size={15} />}
          disabled={count === 0}
          onClick={() => setResetting(true)}
        >
          {t('settings:reset.all')}
        </Button>
      </div>
      <ResetDialog opened={resetting} count={count} onClose={() => setResetting(false)} />
      {opened !== undefined && <ImportDialog file={opened} onClose={() => setOpened(undefined)} />}
    </Panel>
  )
}

interface ResetDialogProps {
  readonly opened: boolean
  readonly count: number
  readonly onClose: () => void
}

function ResetDialog({ opened, count, onClose }: ResetDialogProps) {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const reset = useMutation(
    trpc.settings.reset.mutationOptions({
      onSuccess: (settings) => {
        cache.setQueryData(trpc.settings.get.queryKey(), settings)
        notifyDone(t('settings:reset.done'), t('settings:file.allDefault'))
        onClose()
      },
      onError: (error) => notifyFailure(error, t('settings:reset.failed')),
    }),
  )
  return (
    <Modal opened={opened} onClose={onClose} title={t('settings:reset.title')}>
      <Text size="sm">{t('settings:reset.explanation', { count })}</Text>
      <div className={classes.answers}>
        <Button onClick={onClose}>{t('common:cancel')}</Button>
        <Button variant="filled" loading={reset.isPending} onClick={() => reset.mutate({})}>
          {t('settings:reset.confirm')}
        </Button>
      </div>
    </Modal>
  )
}

function ImportDialog({ file, onClose }: { readonly file: SettingsFileView; readonly onClose: () => void }) {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const { changes, unknown, patch } = file
  const apply = useMutation(
    trpc.settings.set.mutationOptions({
      onSuccess: (settings) => {
        cache.setQueryData(trpc.settings.get.queryKey(), settings)
        notifyDone(
          t('settings:file.applied', { count: changes.length }),
          changes.map(({ key }) => settingTitle(key)).join(', '),
        )
        onClose()
      },
      onError: (error) => notifyFailure(error, t('settings:file.importFailed')),
    }),
  )
  return (
    <Modal opened onClose={onClose} size="lg" title={t('settings:file.importTitle')}>
      {changes.length > 0 && (
        <>
          <Text size="sm">{t('settings:file.changes')}</Text>
          <Table mt="sm" verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('settings:file.setting')}</Table.Th>
                <Table.Th>{t('settings:file.now')}</Table.Th>
                <Table.Th>{t('settings:file.then')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {changes.map(({ key, from, to }) => (
                <Table.Tr key={key}>
                  <Table.Td>{settingTitle(key)}</Table.Td>
                  <Table.Td className={classes.value}>
                    <Code>{from === '' ? '–' : from}</Code>
                  </Table.Td>
                  <Table.Td className={classes.value}>
                    <Code>{to === '' ? '–' : to}</Code>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </>
      )}
      {unknown.length > 0 && (
        <Text size="sm" mt="sm" c="var(--driad-waiting)">
          {t('settings:file.unknown', { keys: unknown.join(', ') })}
        </Text>
      )}
      <div className={classes.answers}>
        <Button onClick={onClose}>{t('common:cancel')}</Button>
        <Button
          variant="filled"
          disabled={changes.length === 0}
          loading={apply.isPending}
          onClick={() => apply.mutate(patch)}
        >
          {t('settings:file.apply')}
        </Button>
      </div>
    </Modal>
  )
}
