import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
import { backupLimits } from '../../../protocol/recovery-views.ts'
import { Panel } from '../../components/Panel.tsx'
import { bytes } from '../../format/numbers.ts'
import { whenWords } from './loss-words.ts'
import classes from './Recovery.module.css'
import { RestoreDialog } from './RecoveryDialogs.tsx'
import { useRecovery, useRecoveryActions } from './use-recovery.ts'

/** The copies of the database: how old they are, one more now, and back to one of them. */
export function BackupsPanel() {
  const recovery = useRecovery()
  const { backUp } = useRecoveryActions()
  const [chosen, setChosen] = useState<string>()
  if (recovery === undefined) return null
  const { backups, backupDelay } = recovery
  const made = () => notifications.show({ message: t('recovery:backups.made') })
  return (
    <Panel
      title={t('recovery:backups.title')}
      aside={
        <Button loading={backUp.isPending} onClick={() => backUp.mutate(undefined, { onSuccess: made })}>
          {t('recovery:backups.now')}
        </Button>
      }
    >
      <div className={classes.backups}>
        <p className={classes.dim}>{t('recovery:backups.explanation', { copies: backupLimits.copies })}</p>
        {backupDelay !== null && <p>{t(`recovery:backups.delay.${backupDelay.why}`)}</p>}
        {backups.length === 0 && <p>{t('recovery:backups.none')}</p>}
        {backups.map(({ name, madeAtMs, sizeBytes }) => (
          <div key={name} className={classes.backup}>
            <span>{whenWords(madeAtMs)}</span>
            <span className={classes.dim}>{bytes(sizeBytes)}</span>
            <Button
              aria-label={t('recovery:backups.restoreOf', { time: whenWords(madeAtMs) })}
              onClick={() => setChosen(name)}
            >
              {t('recovery:backups.restore')}
            </Button>
          </div>
        ))}
      </div>
      <RestoreDialog
        opened={chosen !== undefined}
        backups={backups.filter(({ name }) => name === chosen)}
        onClose={() => setChosen(undefined)}
      />
    </Panel>
  )
}
