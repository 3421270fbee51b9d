import { Button } from '@mantine/core'
import { IconAlertTriangle, IconFolderOpen, IconHistory, IconRefresh } from '@tabler/icons-react'
import { t } from '../../../locales/translate.ts'
import type { RecoveryNoteView } from '../../../protocol/recovery-views.ts'
import { Banner, BannerList, BannerNote } from '../../components/Banner.tsx'
import { lossWords, whenWords } from './loss-words.ts'
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
    <Banner
      tone="waiting"
      role="alert"
      icon={IconAlertTriangle}
      title={t('recovery:damage.title')}
      actions={
        <Button
          leftSection={<IconRefresh aria-hidden size={14} />}
          loading={restart.isPending}
          onClick={() => restart.mutate()}
        >
          {t('recovery:damage.restart')}
        </Button>
      }
    >
      <p>{t('recovery:damage.meaning')}</p>
      <BannerNote>{t('recovery:note.reason', { reason })}</BannerNote>
    </Banner>
  )
}

function MendedNote({ note }: { readonly note: RecoveryNoteView }) {
  const { dismiss, openKept } = useRecoveryActions()
  const { id, subject, reason, atMs, copyAtMs, keptPath } = note
  const losses = lossWords(note.lost)
  return (
    <Banner
      tone="waiting"
      label={t('recovery:region')}
      icon={IconHistory}
      title={t(`recovery:note.title.${subject}`)}
      actions={
        <>
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
        </>
      }
    >
      {copyAtMs !== undefined && <p>{t('recovery:note.copy', { time: whenWords(copyAtMs) })}</p>}
      {losses.length === 0 ? <p>{t('recovery:note.nothing')}</p> : <BannerList lines={losses} />}
      <BannerNote>
        {t('recovery:note.found', { time: whenWords(atMs) })}. {t('recovery:note.reason', { reason })}
      </BannerNote>
    </Banner>
  )
}
