import { t } from '../../../locales/translate.ts'
import { DraftInput } from './DraftInput.tsx'
import { parseShare, shareText } from './share.ts'

export interface ShareInputProps {
  readonly id: string
  /** 0 to 1. */
  readonly value: number
  readonly onSave: (value: number) => void
}

/** A part of all, written in percent. */
export function ShareInput({ id, value, onSave }: ShareInputProps) {
  return (
    <DraftInput
      id={id}
      width={150}
      value={shareText(value)}
      unit="%"
      check={(text) => (parseShare(text) === undefined ? t('settings:amount.share') : undefined)}
      onSave={(text) => {
        const share = parseShare(text)
        if (share !== undefined) onSave(share)
      }}
    />
  )
}
