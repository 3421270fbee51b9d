import type { ReactNode } from 'react'
import { t } from '../../../locales/translate.ts'
import type { EarningsView } from '../../../protocol/earnings-views.ts'
import { useNavigate } from '../../app/use-route.ts'
import { Credits } from '../../components/Credits.tsx'
import { Panel, Tile } from '../../components/Panel.tsx'
import { ToneIcon } from '../../components/StateBadge.tsx'
import { exactCredits, microOf, shortCredits, sumMicro } from '../../format/credits.ts'
import { listed } from '../../format/lists.ts'
import type { Tone } from '../../format/task-words.ts'
import { PaymentBar } from './PaymentBar.tsx'
import { type PaymentStage, paymentStages, stageAmounts } from './payment-stages.ts'
import classes from './Standing.module.css'

/** The balance, and how far all that was ever earned has come. */
export function Standing({ earnings }: { readonly earnings: EarningsView }) {
  const { balanceMicro, earnedTodayMicro, acknowledgedMicro, settledMicro } = earnings
  const earnedMicro = sumMicro([acknowledgedMicro, settledMicro])
  const spentMicro = earnedMicro - microOf(balanceMicro)
  const amounts = stageAmounts(earnings)
  const stages = listed(
    paymentStages.map(({ id }) =>
      t('earnings:stage.of', { stage: t(`earnings:stage.${id}.label`), amount: exactCredits(amounts[id]) }),
    ),
  )
  return (
    <div className={classes.standing}>
      <Tile
        label={t('earnings:standing.balance')}
        value={<Credits micro={balanceMicro} form="short" />}
        unit={t('earnings:credits')}
        detail={
          spentMicro === 0n
            ? t('earnings:standing.allEarned')
            : t('earnings:standing.earnedSpent', {
                earned: shortCredits(earnedMicro),
                spent: shortCredits(spentMicro),
              })
        }
      />
      <Tile
        label={t('earnings:standing.today')}
        value={<Credits micro={earnedTodayMicro} form="short" />}
        unit={t('earnings:credits')}
        detail={t('earnings:standing.todayMore')}
      />
      <div className={classes.stages}>
        <Panel title={t('earnings:standing.stages')} aside={t('earnings:standing.allTime')}>
          <PaymentBar amounts={amounts} label={t('earnings:standing.summary', { stages })} />
          <ul className={classes.list}>
            {paymentStages.map(({ id, tone }) => (
              <Stage
                key={id}
                stage={id}
                tone={amounts[id] === 0n ? 'neutral' : tone}
                micro={amounts[id]}
                detail={<StageDetail stage={id} earnings={earnings} />}
              />
            ))}
          </ul>
        </Panel>
      </div>
    </div>
  )
}

interface StageProps {
  readonly stage: PaymentStage
  readonly tone: Tone
  readonly micro: bigint
  readonly detail: ReactNode
}

function Stage({ stage, tone, micro, detail }: StageProps) {
  const label = t(`earnings:stage.${stage}.label`)
  return (
    <li title={t('earnings:stage.titled', { stage: label, hint: t(`earnings:stage.${stage}.hint`) })}>
      <span className={classes.name}>
        <ToneIcon tone={tone} size={13} /> {label}
      </span>
      <span className={classes.amount} data-figures data-tone={tone}>
        <Credits micro={String(micro)} form="short" />
      </span>
      <span className={classes.detail}>{detail}</span>
    </li>
  )
}

function StageDetail({ stage, earnings }: { readonly stage: PaymentStage; readonly earnings: EarningsView }) {
  const navigate = useNavigate()
  if (stage === 'settled' || stage === 'acknowledged') return t(`earnings:standing.detail.${stage}`)
  if (stage === 'pending')
    return earnings.pendingTasks === 0
      ? t('earnings:standing.detail.pendingNone')
      : t('earnings:standing.detail.pending', { count: earnings.pendingTasks })
  const count = stage === 'disputed' ? earnings.disputedTasks : earnings.unpaidTasks
  if (count === 0) return t('earnings:standing.detail.none')
  return (
    <button
      type="button"
      className={classes.link}
      aria-label={
        stage === 'disputed'
          ? t('earnings:standing.showDisputed', { count })
          : t('earnings:standing.showUnpaid', { count })
      }
      onClick={() => navigate({ view: 'earnings', tab: 'unpaid' })}
    >
      {t('earnings:taskCount', { count })}
    </button>
  )
}
