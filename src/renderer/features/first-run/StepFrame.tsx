import { Button } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { t } from '../../../locales/translate.ts'
import classes from './StepFrame.module.css'

export interface StepFrameProps {
  readonly title: string
  readonly lead: string
  readonly children: ReactNode
  readonly onBack: () => void
  /** Besides going on: what one can do instead. */
  readonly instead?: ReactNode
  /** What most people do next. */
  readonly next: ReactNode
}

/** One step: what it is about, what there is to do, and the ways on. Its title has the focus when it opens. */
export function StepFrame({ title, lead, children, onBack, instead, next }: StepFrameProps) {
  const id = useId()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <section className={classes.step} aria-labelledby={id}>
      <div className={classes.head}>
        <h2 id={id} ref={heading} tabIndex={-1} className={classes.title}>
          {title}
        </h2>
        <p className={classes.lead}>{lead}</p>
      </div>
      <div className={classes.body}>{children}</div>
      <div className={classes.foot}>
        <Button variant="subtle" color="gray" size="sm" onClick={onBack}>
          {t('setup:page.back')}
        </Button>
        <span className={classes.gap} />
        {instead}
        {next}
      </div>
    </section>
  )
}

export function NextButton({ onClick }: { readonly onClick: () => void }) {
  return (
    <Button size="sm" variant="filled" onClick={onClick}>
      {t('setup:page.next')}
    </Button>
  )
}

interface AgainButtonProps {
  readonly label: string
  readonly loading: boolean
  readonly onClick: () => void
}

/** Does once more what the step has done. */
export function AgainButton({ label, loading, onClick }: AgainButtonProps) {
  return (
    <Button size="sm" leftSection={<IconRefresh aria-hidden size={15} />} loading={loading} onClick={onClick}>
      {label}
    </Button>
  )
}
