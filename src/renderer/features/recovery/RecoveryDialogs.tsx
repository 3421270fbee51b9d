import { Button, Group, Modal, Select, Stack } from '@mantine/core'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { BackupView } from '../../../protocol/recovery-views.ts'
import { whenWords } from './loss-words.ts'
import { useRecoveryActions } from './use-recovery.ts'

interface RestoreDialogProps {
  readonly opened: boolean
  readonly backups: readonly BackupView[]
  readonly onClose: () => void
}

/** Asks which backup is to be put in the place of the database, and says what that means. */
export function RestoreDialog({ opened, backups, onClose }: RestoreDialogProps) {
  const { restoreBackup } = useRecoveryActions()
  const [chosen, setChosen] = useState<string | null>(null)
  const backup = backups.find(({ name }) => name === chosen) ?? backups[0]
  if (backup === undefined) return null
  return (
    <Modal opened={opened} onClose={onClose} title={t('recovery:confirm.restoreTitle')} size={460}>
      <Stack gap={16}>
        <Select
          label={t('recovery:confirm.which')}
          allowDeselect={false}
          value={backup.name}
          data={backups.map(({ name, madeAtMs }) => ({ value: name, label: whenWords(madeAtMs) }))}
          onChange={setChosen}
        />
        <p>{t('recovery:confirm.restoreText', { time: whenWords(backup.madeAtMs) })}</p>
        <Group justify="flex-end" gap={8}>
          <Button onClick={onClose}>{t('recovery:confirm.cancel')}</Button>
          <Button
            variant="filled"
            loading={restoreBackup.isPending}
            onClick={() => restoreBackup.mutate({ name: backup.name })}
          >
            {t('recovery:confirm.restore')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

export function ResetDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { resetSettings } = useRecoveryActions()
  return (
    <Modal opened={opened} onClose={onClose} title={t('recovery:confirm.resetTitle')} size={460}>
      <Stack gap={16}>
        <p>{t('recovery:confirm.resetText')}</p>
        <Group justify="flex-end" gap={8}>
          <Button onClick={onClose}>{t('recovery:confirm.cancel')}</Button>
          <Button variant="filled" loading={resetSettings.isPending} onClick={() => resetSettings.mutate()}>
            {t('recovery:confirm.reset')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
