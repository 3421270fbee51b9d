import { VisuallyHidden } from '@mantine/core'
import {
  IconCircle,
  IconCircleCheckFilled,
  IconCircleDashed,
  IconCircleMinus,
  IconClock,
  type TablerIcon,
} from '@tabler/icons-react'
import { t } from '../../../locales/translate.ts'
import type { SetUpState } from '../../../protocol/first-run-views.ts'
import classes from './TaskSign.module.css'

const icons: Readonly<Record<SetUpState, TablerIcon>> = {
  open: IconCircle,
  waiting: IconClock,
  running: IconCircleDashed,
  done: IconCircleCheckFilled,
  left: IconCircleMinus,
}

/** How far a part of the set-up is: a sign for eyes, a word for ears. */
export function TaskSign({ state }: { readonly state: SetUpState }) {
  const Icon = icons[state]
  return (
    <span className={classes.sign} data-state={state}>
      <Icon aria-hidden size={18} stroke={1.8} />
      <VisuallyHidden>{t(`setup:list.state.${state}`)}</VisuallyHidden>
    </span>
  )
}
