import { TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'

export interface DraftInputProps {
  readonly id: string
  readonly value: string
  /** Says what is wrong with a text; undefined where it may be saved. */
  readonly check?: (text: string) => string | undefined
  readonly onSave: (text: string) => void
  readonly unit?: string
  readonly placeholder?: string
  /** Its name, where no label of the row has its id. */
  readonly label?: string
  readonly width?: number
}

/** A text that is saved on Enter or on leaving the field; Escape gives the saved one back. */
export function DraftInput(props: DraftInputProps) {
  const { id, value, check, onSave, unit, placeholder, label, width = 220 } = props
  const [draft, setDraft] = useState(value)
  useEffect(() => setDraft(value), [value])
  const problem = check?.(draft)
  const save = () => {
    if (draft !== value && problem === undefined) onSave(draft)
  }
  return (
    <TextInput
      id={id}
      w={width}
      aria-label={label}
      placeholder={placeholder}
      value={draft}
      error={problem}
      rightSection={
        unit === undefined ? undefined : (
          <span style={{ color: 'var(--driad-dim)', fontSize: 12 }}>{unit}</span>
        )
      }
      rightSectionWidth={unit === undefined ? undefined : 58}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') save()
        if (event.key === 'Escape') setDraft(value)
      }}
    />
  )
}
