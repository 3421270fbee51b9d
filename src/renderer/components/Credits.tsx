import { t } from '../../locales/translate.ts'
import { exactCredits, shortCredits, unseenZeros } from '../format/credits.ts'
import classes from './figures.module.css'

export interface CreditsProps {
  readonly micro: string
  /** `short`: three significant digits with the whole amount as a hint. `aligned`: six decimals, for columns. */
  readonly form?: 'exact' | 'short' | 'aligned'
  readonly sign?: '+' | '−'
}

/** An amount of credits. In a column, zeros that say nothing step back. */
export function Credits({ micro, form = 'exact', sign }: CreditsProps) {
  const exact = exactCredits(micro)
  if (form === 'short')
    return <span title={t('common:credits', { amount: exact })}>{shortCredits(micro)}</span>
  const text = `${sign ?? ''}${exact}`
  if (form === 'exact') return <span>{text}</span>
  const unseen = unseenZeros(micro)
  return (
    <span className={classes.figure}>
      {text}
      {unseen !== '' && (
        <span aria-hidden className={classes.ghost}>
          {unseen}
        </span>
      )}
    </span>
  )
}
