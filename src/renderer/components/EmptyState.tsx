import { Skeleton } from '@mantine/core'
import type { TablerIcon } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { t } from '../../locales/translate.ts'
import classes from './states.module.css'

export interface EmptyStateProps {
  readonly icon: TablerIcon
  readonly title: string
  /** How it fills. */
  readonly children: ReactNode
  readonly action?: ReactNode
}

export function EmptyState({ icon: Icon, title, children, action }: EmptyStateProps) {
  return (
    <div className={classes.empty}>
      <Icon aria-hidden size={26} stroke={1.4} />
      <p className={classes.title}>{title}</p>
      <p className={classes.text}>{children}</p>
      {action !== undefined && <div className={classes.actions}>{action}</div>}
    </div>
  )
}

/** Grey bars in the shape of what is loading. */
export function LoadingRows({
  rows = 5,
  label = t('components:loading'),
}: {
  readonly rows?: number
  readonly label?: string
}) {
  return (
    <div className={classes.loading} role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are all alike and never move
        <Skeleton key={row} height={14} width={`${92 - ((row * 17) % 40)}%`} />
      ))}
    </div>
  )
}
