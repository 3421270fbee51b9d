import { Button } from '@mantine/core'
import { IconPlayerPlay, IconShieldHalf } from '@tabler/icons-react'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { BackupView, SafeModeView } from '../../../protocol/recovery-views.ts'
import { Banner, BannerNote } from '../../components/Banner.tsx'
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
    <>
      <Banner
        tone="waiting"
        role="alert"
        icon={IconShieldHalf}
        title={
          cause === 'asked'
            ? t('recovery:safeMode.title.asked')
            : t('recovery:safeMode.title.crashes', { count: crashes })
        }
        actions={
          <>
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
          </>
        }
      >
        <p>{t('recovery:safeMode.meaning')}</p>
        {cause === 'crashes' && lastLines.length === 0 && (
          <BannerNote>{t('recovery:safeMode.noWords')}</BannerNote>
        )}
        {lastLines.length > 0 && (
          <>
            <BannerNote>{t('recovery:safeMode.lastWords')}</BannerNote>
            <pre className={classes.lines}>{lastLines.join('\n')}</pre>
          </>
        )}
      </Banner>
      <RestoreDialog opened={dialog === 'restore'} backups={backups} onClose={() => setDialog(undefined)} />
      <ResetDialog opened={dialog === 'reset'} onClose={() => setDialog(undefined)} />
    </>
  )
}
