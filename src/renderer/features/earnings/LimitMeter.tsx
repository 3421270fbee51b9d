import { Trans } from 'react-i18next'
import { i18n, t } from '../../../locales/translate.ts'
import { exactCredits, shortCredits } from '../../format/credits.ts'
import classes from './LimitMeter.module.css'
import { usedShare } from './requester-words.ts'

export interface LimitMeterProps {
  readonly openMicro: string
  readonly limitMicro: string
  /** Names the unit, where no heading does. */
  readonly withUnit?: boolean
}

/** What is open, of what may be: drawn, and in figures. */
export function LimitMeter({ openMicro, limitMicro, withUnit = false }: LimitMeterProps) {
  const share = usedShare(openMicro, limitMicro)
  return (
    <span
      className={classes.meter}
      title={t('earnings:limit.exact', {
        open: exactCredits(openMicro),
        limit: exactCredits(limitMicro),
      })}
    >
      <span className={classes.track} aria-hidden>
        <i data-full={share >= 1 || undefined} style={{ width: `${share * 100}%` }} />
      </span>
      <span className={classes.figures} data-figures>
        <Trans
          i18n={i18n}
          t={t}
          i18nKey={withUnit ? 'earnings:limit.ofCredits' : 'earnings:limit.of'}
          values={{ open: shortCredits(openMicro), limit: shortCredits(limitMicro) }}
          components={{ of: <span /> }}
        />
      </span>
    </span>
  )
}
