import { Drawer } from '@mantine/core'
import type { ReactNode } from 'react'
import { t } from '../../../locales/translate.ts'
import classes from './drawers.module.css'
import type { TestSession } from './test-session.ts'

export interface TestDrawerProps {
  readonly opened: boolean
  readonly onClose: () => void
  readonly session: TestSession
}

/** What the Test view's drawers have in common. */
export function TestDrawer({
  title,
  opened,
  onClose,
  children,
}: Pick<TestDrawerProps, 'opened' | 'onClose'> & { readonly title: string; readonly children: ReactNode }) {
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size={440}
      title={title}
      closeButtonProps={{ 'aria-label': t('common:close') }}
      classNames={{ title: classes.title, header: classes.header, body: classes.body }}
    >
      {children}
    </Drawer>
  )
}
