import { Button, Menu } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { t } from '../../../locales/translate.ts'
import { useTRPC } from '../../api/client.ts'
import { notifyDone, notifyFailure } from '../../app/notify.tsx'
import classes from './ExportMenu.module.css'

const formats = ['csv', 'jsonl', 'bundle'] as const

/** Writes the whole ledger to a file. */
export function ExportMenu() {
  const save = useMutation(
    useTRPC().earnings.exportFile.mutationOptions({
      onSuccess: (saved: { path: string } | null) => {
        if (saved !== null) notifyDone(t('earnings:export.done'), saved.path)
      },
      onError: (failure) => notifyFailure(failure, t('earnings:export.failed')),
    }),
  )
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <Button leftSection={<IconDownload aria-hidden size={15} />} loading={save.isPending}>
          {t('earnings:export.open')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map((format) => (
          <Menu.Item key={format} onClick={() => save.mutate({ format })}>
            {format === 'csv' ? 'CSV' : t(`earnings:export.${format}.label`)}
            <span className={classes.hint}>{t(`earnings:export.${format}.hint`)}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
