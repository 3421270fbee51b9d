import { CloseButton } from '@mantine/core'
import type { TablerIcon } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { t } from '../../locales/translate.ts'
import classes from './Banner.module.css'

export interface BannerProps {
  readonly tone: 'waiting' | 'attention' | 'earned'
  readonly icon: TablerIcon
  readonly title: string
  /** Of the region, where it is one that comes and goes without interrupting anybody. */
  readonly label?: string
  readonly role?: 'alert' | 'status'
  /** Its buttons: below the words, or `beside` them where there is room. */
  readonly actions?: ReactNode
  readonly beside?: boolean
  readonly onClose?: () => void
  readonly children?: ReactNode
}

/** What concerns the whole of a view: what it is, what it means, and what can be done. */
export function Banner(props: BannerProps) {
  const { tone, icon: Icon, title, label, role, actions, beside = false, onClose, children } = props
  return (
    <section className={classes.banner} data-tone={tone} aria-label={label} {...{ role }}>
      <Icon aria-hidden size={18} />
      <div className={classes.rest} data-beside={beside || undefined}>
        <div className={classes.words}>
          <p className={classes.title}>{title}</p>
          {children}
        </div>
        <div className={classes.actions}>{actions}</div>
      </div>
      {onClose !== undefined && <CloseButton aria-label={t('common:close')} onClick={onClose} />}
    </section>
  )
}

/** A line of it that matters less. */
export function BannerNote({ children }: { readonly children: ReactNode }) {
  return <p className={classes.note}>{children}</p>
}

/** Several lines of it, each for itself. */
export function BannerList({ lines }: { readonly lines: readonly string[] }) {
  return (
    <ul className={classes.list}>
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  )
}
