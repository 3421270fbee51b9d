import { ActionIcon, Drawer, Group, Tooltip } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { t } from '../../locales/translate.ts'

export interface DetailsDrawerProps {
  readonly opened: boolean
  readonly what: 'task' | 'peer'
  /** Go to the neighbours in the list that it was opened from; absent at its ends. */
  readonly onPrevious: (() => void) | undefined
  readonly onNext: (() => void) | undefined
  readonly onClose: () => void
  readonly children: ReactNode
}

/** All there is to know about one row, beside the list it came from. J and K walk through the list. */
export function DetailsDrawer({ opened, what, onPrevious, onNext, onClose, children }: DetailsDrawerProps) {
  useHotkeys(
    opened
      ? [
          ['J', () => onNext?.()],
          ['K', () => onPrevious?.()],
        ]
      : [],
  )
  return (
    <Drawer.Root opened={opened} onClose={onClose} position="right" size={560}>
      <Drawer.Overlay />
      <Drawer.Content>
        <Drawer.Header py={10} px={20} mih={48}>
          <Drawer.Title fz="sm" c="dimmed">
            {t(`components:details.${what}`)}
          </Drawer.Title>
          <Group gap={2}>
            <Tooltip label={t('components:previous.hint')}>
              <ActionIcon
                aria-label={t(`components:previous.${what}`)}
                disabled={onPrevious === undefined}
                onClick={onPrevious}
              >
                <IconChevronUp aria-hidden size={17} />
              </ActionIcon>
            </Tooltip>
            <Tooltip label={t('components:next.hint')}>
              <ActionIcon
                aria-label={t(`components:next.${what}`)}
                disabled={onNext === undefined}
                onClick={onNext}
              >
                <IconChevronDown aria-hidden size={17} />
              </ActionIcon>
            </Tooltip>
            <Drawer.CloseButton aria-label={t('common:close')} data-autofocus />
          </Group>
        </Drawer.Header>
        <Drawer.Body px={20} pb={24}>
          {children}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  )
}
