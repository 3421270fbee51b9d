import { t } from '../../../locales/translate.ts'
import { exactCredits } from '../../format/credits.ts'
import classes from './PaymentBar.module.css'
import { paymentStages, type StageAmounts, totalOf } from './payment-stages.ts'

export interface PaymentBarProps {
  readonly amounts: StageAmounts
  /** The amount, in micro-credits, that would fill the whole width; its own sum where absent. */
  readonly fullMicro?: bigint
  /** What it says to who cannot see it; nothing where words beside it say the same. */
  readonly label?: string
}

/** Amounts by how far their payment has come, drawn to scale. */
export function PaymentBar({ amounts, fullMicro, label }: PaymentBarProps) {
  const full = Number(fullMicro ?? totalOf(amounts))
  return (
    <span
      className={classes.bar}
      {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
    >
      {paymentStages.map(
        ({ id }) =>
          amounts[id] > 0n && (
            <i
              key={id}
              data-stage={id}
              style={{ width: `${full > 0 ? (Number(amounts[id]) / full) * 100 : 0}%` }}
              title={t('earnings:stage.amount', {
                stage: t(`earnings:stage.${id}.label`),
                amount: exactCredits(amounts[id]),
              })}
            />
          ),
      )}
    </span>
  )
}
