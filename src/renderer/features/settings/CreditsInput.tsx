import { parseCredits, typedCredits } from '../../format/credits.ts'
import { DraftInput } from './DraftInput.tsx'

export interface CreditsInputProps {
  readonly id: string
  readonly micro: string
  readonly onSave: (micro: string) => void
}

/** An amount of credits, kept in micro-credits. */
export function CreditsInput({ id, micro, onSave }: CreditsInputProps) {
  return (
    <DraftInput
      id={id}
      width={150}
      value={typedCredits(micro)}
      unit="credits"
      check={(text) => (parseCredits(text) === undefined ? 'An amount such as 0.04' : undefined)}
      onSave={(text) => {
        const amount = parseCredits(text)
        if (amount !== undefined) onSave(String(amount))
      }}
    />
  )
}
