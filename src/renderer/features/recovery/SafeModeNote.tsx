import { Button } from '@mantine/core'
import { IconPlayerPlay, IconShieldHalf } from '@tabler/icons-react'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { BackupView, SafeModeView } from '../../../protocol/recovery-views.ts'
import classes from './Recovery.module.css'
import { ResetDialog, RestoreDialog } from './RecoveryDialogs.tsx'
import { useRecoveryActions } from './use-recovery.ts'

interface SafeModeNoteProps {
  readonly safeMode: SafeModeView
  readonly backups: readonly BackupView[]
}

/** Why the node came up without its work, what the last run left behind, and the ways out. */
export function SafeModeNote({ safeMode, backups }: SafeModeNoteProps) {
  const { startNormally } = useRecoveryActions()
  const [dialog, setDialog] = useState<'restore' | 'reset'>()
  const { cause, crashes, lastLines } = safeMode
  return (
    <section className={classes.note} role="alert">
      <IconShieldHalf aria-hidden size={18} />
      <div className={classes.body}>
        <p className={classes.title}>
          {cause === 'asked'
            ? t('recovery:safeMode.title.asked')
            : t('recovery:safeMode.title.crashes', { count: crashes })}
        </p>
        <p>{t('recovery:safeMode.meaning')}</p>
        {cause === 'crashes' && lastLines.length === 0 && (
          <p className={classes.dim}>{t('recovery:safeMode.noWords')}</p>
        )}
        {lastLines.length > 0 && (
          <>
            <p className={classes.dim}>{t('recovery:safeMode.lastWords')}</p>
            <pre className={classes.lines}>{lastLines.join('\n')}</pre>
          </>
        )}
        <div className={classes.actions}>
          <Button
            variant="filled"
            leftSection={<IconPlayerPlay aria-hidden size={14} />}
            loading={startNormally.isPending}
            onClick={() => startNormally.mutate({ withoutGpu: false })}
          >
            {t('recovery:safeMode.startNormally')}
          </Button>
          <Button
            disabled={startNormally.isPending}
            onClick={() => startNormally.mutate({ withoutGpu: true })}
          >
            {t('recovery:safeMode.withoutGpu')}
          </Button>
          {backups.length > 0 && (
            <Button onClick={() => setDialog('restore')}>{t('recovery:safeMode.restore')}</Button>
          )}
          <Button onClick={() => setDialog('reset')}>{t('recovery:safeMode.resetSettings')}</Button>
        </div>
      </div>
      <RestoreDialog opened={dialog === 'restore'} backups={backups} onClose={() => setDialog(undefined)} />
      <ResetDialog opened={dialog === 'reset'} onClose={() => setDialog(undefined)} />
    </section>
  )
}
