import {
  IconAlertTriangle,
  IconCircleCheck,
  IconHelpCircle,
  IconInfoCircle,
  type TablerIcon,
} from '@tabler/icons-react'
import type { HealthState } from '../../../protocol/health-views.ts'
import classes from './HealthPage.module.css'

const icons: Readonly<Record<HealthState, TablerIcon>> = {
  good: IconCircleCheck,
  attention: IconInfoCircle,
  bad: IconAlertTriangle,
  unknown: IconHelpCircle,
}

/** The sign and colour of a state; the words stand beside it. */
export function HealthSign({ state, size }: { readonly state: HealthState; readonly size: number }) {
  const Icon = icons[state]
  return <Icon aria-hidden size={size} stroke={1.9} className={classes.sign} data-state={state} />
}
