import { IconKey } from '@tabler/icons-react'
import { t } from '../../../locales/translate.ts'
import type { FirstRunView } from '../../../protocol/first-run-views.ts'
import { routeHash } from '../../app/routes.ts'
import { Reminder } from '../../components/Reminder.tsx'

/** Stays in view until the key is backed up, also where the list of what is left to do was put away. */
export function BackupReminder({ setUp: { stage, backup } }: { readonly setUp: FirstRunView }) {
  if (stage !== 'done' || backup.state === 'done') return null
  return (
    <Reminder icon={IconKey} href={routeHash({ view: 'overview', tab: 'first-run', step: 'key' })}>
      {t('setup:reminder.text')}
    </Reminder>
  )
}
