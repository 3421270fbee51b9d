import { Button } from '@mantine/core'
import { IconAlertTriangle, IconFolderOpen, IconHistory, IconRefresh } from '@tabler/icons-react'
import { t } from '../../../locales/translate.ts'
import type { RecoveryNoteView } from '../../../protocol/recovery-views.ts'
import { lossWords, whenWords } from './loss-words.ts'
import classes from './Recovery.module.css'
import { SafeModeNote } from './SafeModeNote.tsx'
import { useRecovery, useRecoveryActions } from './use-recovery.ts'

/** Safe mode, damage that was found, and what was mended and not yet seen. Nothing while all is well. */
export function RecoveryBanners() {
  const recovery = useRecovery()
  if (recovery === undefined) return null
  const notes = recovery.notes.filter(({ dismissed }) => !dismissed)
  return (
    <>
      {recovery.safeMode !== null && <SafeModeNote safeMode={recovery.safeMode} backups={recovery.backups} />}
      {recovery.damage !== null && <DamageNote reason={recovery.damage.reason} />}
      {notes.map((note) => (
        <MendedNote key={note.id} note={note} />
      ))}
    </>
  )
}

function DamageNote({ reason }: { readonly reason: string }) {
  const { restart } = useRecoveryActions()
  return (
    <section className={classes.note} role="alert">
      <IconAlertTriangle aria-hidden size={18} />
      <div className={classes.body}>
        <p className={classes.title}>{t('recovery:damage.title')}</p>
        <p>{t('recovery:damage.meaning')}</p>
        <p className={classes.dim}>{t('recovery:note.reason', { reason })}</p>
        <div className={classes.actions}>
          <Button
            leftSection={<IconRefresh aria-hidden size={14} />}
            loading={restart.isPending}
            onClick={() => restart.mutate()}
          >
            {t('recovery:damage.restart')}
          </Button>
        </div>
      </div>
    </section>
  )
}

function MendedNote({ note }: { readonly note: RecoveryNoteView }) {
  const { dismiss, openKept } = useRecoveryActions()
  const { id, subject, reason, atMs, copyAtMs, keptPath } = note
  const losses = lossWords(note.lost)
  return (
    <section className={classes.note} aria-label={t('recovery:region')}>
      <IconHistory aria-hidden size={18} />
      <div className={classes.body}>
        <p className={classes.title}>{t(`recovery:note.title.${subject}`)}</p>
        {copyAtMs !== undefined && <p>{t('recovery:note.copy', { time: whenWords(copyAtMs) })}</p>}
        {losses.length === 0 ? (
          <p>{t('recovery:note.nothing')}</p>
        ) : (
          <ul className={classes.losses}>
            {losses.map((loss) => (
              <li key={loss}>{loss}</li>
            ))}
          </ul>
        )}
        <p className={classes.dim}>
          {t('recovery:note.found', { time: whenWords(atMs) })}. {t('recovery:note.reason', { reason })}
        </p>
        <div className={classes.actions}>
          <Button loading={dismiss.isPending} onClick={() => dismiss.mutate({ id })}>
            {t('recovery:note.dismiss')}
          </Button>
          {keptPath !== undefined && (
            <Button
              leftSection={<IconFolderOpen aria-hidden size={14} />}
              onClick={() => openKept.mutate({ id })}
            >
              {t('recovery:note.show')}
            </Button>
          )}
        </div>
      </div>
    </section>
  )
}
