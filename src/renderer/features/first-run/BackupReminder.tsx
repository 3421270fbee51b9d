import { IconKey } from '@tabler/icons-react'
import { t } from '../../../locales/translate.ts'
import type { FirstRunView } from '../../../protocol/first-run-views.ts'
import { routeHash } from '../../app/routes.ts'
import classes from './BackupReminder.module.css'

/** Stays in view until the key is backed up, also where the list of what is left to do was put away. */
export function BackupReminder({ setUp: { stage, backup } }: { readonly setUp: FirstRunView }) {
  if (stage !== 'done' || backup.state === 'done') return null
  return (
    <a className={classes.reminder} href={routeHash({ view: 'overview', tab: 'first-run', step: 'key' })}>
      <IconKey aria-hidden size={15} stroke={1.8} />
      {t('setup:reminder.text')}
    </a>
  )
}
