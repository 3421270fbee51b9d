import type { TablerIcon } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import classes from './Reminder.module.css'

interface ReminderProps {
  readonly icon: TablerIcon
  /** Where it is seen to: a location's hash. */
  readonly href: string
  readonly children: ReactNode
}

/** A line under the navigation that stays until somebody has seen to it. */
export function Reminder({ icon: Icon, href, children }: ReminderProps) {
  return (
    <a className={classes.reminder} href={href}>
      <Icon aria-hidden size={15} stroke={1.8} />
      <span>{children}</span>
    </a>
  )
}
