import { exactCredits, shortCredits } from '../../format/credits.ts'
import classes from './LimitMeter.module.css'
import { usedShare } from './requester-words.ts'

export interface LimitMeterProps {
  readonly openMicro: string
  readonly limitMicro: string
  /** Behind the figures, where no heading has it. */
  readonly unit?: string
}

/** What is open, of what may be: drawn, and in figures. */
export function LimitMeter({ openMicro, limitMicro, unit }: LimitMeterProps) {
  const share = usedShare(openMicro, limitMicro)
  return (
    <span
      className={classes.meter}
      title={`${exactCredits(openMicro)} of ${exactCredits(limitMicro)} credits`}
    >
      <span className={classes.track} aria-hidden>
        <i data-full={share >= 1 || undefined} style={{ width: `${share * 100}%` }} />
      </span>
      <span className={classes.figures} data-figures>
        {shortCredits(openMicro)}{' '}
        <span>
          of {shortCredits(limitMicro)}
          {unit !== undefined && ` ${unit}`}
        </span>
      </span>
    </span>
  )
}
