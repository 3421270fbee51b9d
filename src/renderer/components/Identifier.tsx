import { VisuallyHidden } from '@mantine/core'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import type { KeyboardEvent, MouseEvent } from 'react'
import { t } from '../../locales/translate.ts'
import { shortIdentifier } from '../format/identifiers.ts'
import classes from './figures.module.css'
import { useCopy } from './use-copy.ts'

export interface IdentifierProps {
  readonly value: string
  /** What it identifies, for those who cannot see where it stands: `peer id`. */
  readonly label: string
  /** Shows all of it, for details. */
  readonly whole?: boolean
}

/** A peer id, task id or hash: in mono, shortened in the middle, copied by a click. */
export function Identifier({ value, label, whole = false }: IdentifierProps) {
  const { copied, copy } = useCopy()
  const shown = whole ? value : shortIdentifier(value)
  const Icon = copied ? IconCheck : IconCopy
  const onClick = (event: MouseEvent) => {
    event.stopPropagation() // the row beneath opens on a click
    copy(value)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === ' ') event.stopPropagation()
  }
  return (
    <button
      type="button"
      className={classes.identifier}
      data-whole={whole || undefined}
      data-copied={copied || undefined}
      title={t('components:identifier.hint', { value, what: label })}
      aria-label={t('components:identifier.label', { shown, what: label })}
      onClick={onClick}
      onKeyDown={onKeyDown}
    >
      {shown}
      <Icon aria-hidden size={12} />
      <VisuallyHidden role="status">
        {copied ? t('components:identifier.copied', { what: label }) : ''}
      </VisuallyHidden>
    </button>
  )
}
