import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { t } from '../../locales/translate.ts'
import { useCopy } from './use-copy.ts'

export interface CopyButtonProps {
  readonly text: string | (() => string)
  /** What the button says: `Copy result`. */
  readonly label: string
  readonly form?: 'icon' | 'button'
  readonly disabled?: boolean
}

export function CopyButton({ text, label, form = 'icon', disabled = false }: CopyButtonProps) {
  const { copied, copy } = useCopy()
  const onClick = () => copy(typeof text === 'string' ? text : text())
  const icon = copied ? <IconCheck aria-hidden size={15} /> : <IconCopy aria-hidden size={15} />
  if (form === 'button') {
    return (
      <Button leftSection={icon} onClick={onClick} disabled={disabled}>
        {copied ? t('components:copied') : label}
      </Button>
    )
  }
  return (
    <Tooltip label={copied ? t('components:copied') : label}>
      <ActionIcon aria-label={label} onClick={onClick} disabled={disabled}>
        {icon}
      </ActionIcon>
    </Tooltip>
  )
}
