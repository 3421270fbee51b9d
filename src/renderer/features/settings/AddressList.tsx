import { ActionIcon, Button, TextInput } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
import classes from './AddressList.module.css'

export interface AddressListProps {
  readonly id: string
  /** What one of them is. */
  readonly of: 'listen' | 'bootstrap' | 'announce' | 'program' | 'modelFile' | 'folder' | 'mirror'
  /** One as it is written. */
  readonly placeholder: string
  readonly value: readonly string[]
  readonly onSave: (value: readonly string[]) => void
}

/** Addresses, one a line, each with a button that takes it away, and a field that adds one. */
export function AddressList(props: AddressListProps) {
  const { id, of, value, onSave, placeholder } = props
  const [draft, setDraft] = useState('')
  const address = draft.trim()
  const what = t(`settings:list.of.${of}`)
  return (
    <div className={classes.list}>
      {value.map((known) => (
        <div key={known} className={classes.line}>
          <code title={known}>{known}</code>
          <ActionIcon
            size={24}
            aria-label={t('settings:list.remove', { what, value: known })}
            onClick={() => onSave(value.filter((other) => other !== known))}
          >
            <IconX aria-hidden size={14} />
          </ActionIcon>
        </div>
      ))}
      <form
        className={classes.add}
        onSubmit={(event) => {
          event.preventDefault()
          if (address === '' || value.includes(address)) return
          onSave([...value, address])
          setDraft('')
        }}
      >
        <TextInput
          id={id}
          aria-label={t('settings:list.new', { what })}
          placeholder={placeholder}
          className={classes.field}
          value={draft}
          onChange={(event) => setDraft(event.currentTarget.value)}
        />
        <Button type="submit" disabled={address === ''}>
          {t('settings:list.add')}
        </Button>
      </form>
    </div>
  )
}
