import { t } from '../../../locales/translate.ts'
import { count } from '../../format/numbers.ts'
import { DraftInput } from './DraftInput.tsx'

export interface AmountInputProps {
  readonly id: string
  /** In the smallest unit: bytes, milliseconds. Null where nobody set it. */
  readonly value: number | null
  readonly unit: string
  /** Smallest units in one of `unit`. */
  readonly factor: number
  /** What may be set, in `unit`, where the field is not empty. */
  readonly least?: number
  readonly most: number
  /** What an empty field means. */
  readonly placeholder: string
  /** Whether 0 means what an empty field means. */
  readonly zeroIsEmpty?: boolean
  /** Null for an empty field. */
  readonly onSave: (value: number | null) => void
}

/** An amount in the unit that people think in. */
export function AmountInput(props: AmountInputProps) {
  const { id, value, unit, factor, least = 0, most, placeholder, zeroIsEmpty = true, onSave } = props
  const isEmpty = value === null || (zeroIsEmpty && value === 0)
  return (
    <DraftInput
      id={id}
      width={200}
      value={isEmpty ? '' : String(value / factor)}
      unit={unit}
      placeholder={placeholder}
      check={(text) => {
        const amount = parseAmount(text, factor)
        if (amount === undefined) return t(factor === 1 ? 'settings:amount.whole' : 'settings:amount.number')
        if (amount === null || (zeroIsEmpty && amount === 0)) return undefined
        const isAllowed = amount >= least * factor && amount <= most * factor
        return isAllowed ? undefined : t('settings:amount.range', { least: count(least), most: count(most) })
      }}
      onSave={(text) => {
        const amount = parseAmount(text, factor)
        if (amount !== undefined) onSave(amount)
      }}
    />
  )
}

/** Null for nothing, undefined for what is no amount. */
function parseAmount(text: string, factor: number): number | null | undefined {
  const written = text.trim().replace(',', '.')
  if (written === '') return null
  return /^\d{1,9}(\.\d{1,6})?$/.test(written) ? Math.round(Number(written) * factor) : undefined
}
