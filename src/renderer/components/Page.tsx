import { spotlight } from '@mantine/spotlight'
import { IconSearch } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { t } from '../../locales/translate.ts'
import classes from './Page.module.css'

export interface PageProps {
  readonly title: string
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** The frame of a view: its name, its actions, the way to the command palette, and its content. */
export function Page({ title, actions, children }: PageProps) {
  return (
    <>
      <header className={classes.header}>
        <h1 className={classes.title}>{title}</h1>
        <div className={classes.actions}>{actions}</div>
        <button
          type="button"
          className={classes.palette}
          onClick={() => spotlight.open()}
          aria-keyshortcuts="Control+K"
        >
          <IconSearch aria-hidden size={14} />
          <span>{t('components:search')}</span>
          <kbd aria-hidden>{t('components:ctrlK')}</kbd>
        </button>
      </header>
      <div className={classes.content}>{children}</div>
    </>
  )
}
