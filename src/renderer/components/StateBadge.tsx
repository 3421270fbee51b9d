import {
  IconAlertTriangle,
  IconCheck,
  IconCircle,
  IconClock,
  IconLoader2,
  type TablerIcon,
} from '@tabler/icons-react'
import type { TaskView } from '../../protocol/views.ts'
import { type Tone, taskWords } from '../format/task-words.ts'
import classes from './StateBadge.module.css'

const icons: Readonly<Record<Tone, TablerIcon>> = {
  earned: IconCheck,
  running: IconLoader2,
  waiting: IconClock,
  attention: IconAlertTriangle,
  neutral: IconCircle,
}

export interface ToneBadgeProps {
  readonly tone: Tone
  readonly children: string
}

/** A state: its colour, its sign and its word, always together. */
export function ToneBadge({ tone, children }: ToneBadgeProps) {
  return (
    <span className={classes.badge} data-tone={tone}>
      <ToneIcon tone={tone} size={13} />
      <span className={classes.label}>{children}</span>
    </span>
  )
}

export function ToneIcon({ tone, size = 14 }: { readonly tone: Tone; readonly size?: number }) {
  const Icon = icons[tone]
  return <Icon aria-hidden size={size} stroke={2.2} className={classes.icon} data-tone={tone} />
}

export function StateBadge({ task }: { readonly task: TaskView }) {
  const { label, tone } = taskWords(task)
  return <ToneBadge tone={tone}>{label}</ToneBadge>
}
