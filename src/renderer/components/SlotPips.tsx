import { t } from '../../locales/translate.ts'
import classes from './SlotPips.module.css'

/** Most pips that are drawn; more slots than that are told in figures. */
const MAX_PIPS = 16

/** One pip a slot: those that work are filled. */
export function SlotPips({ slots, running }: { readonly slots: number; readonly running: number }) {
  if (slots > MAX_PIPS) return null
  return (
    <span className={classes.pips} role="img" aria-label={t('components:slots', { count: slots, running })}>
      {Array.from({ length: slots }, (_, slot) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a slot is its place
        <i key={slot} data-busy={slot < running || undefined} />
      ))}
    </span>
  )
}
