import type { ReactNode } from 'react'
import type { EarningsView } from '../../../protocol/earnings-views.ts'
import { useNavigate } from '../../app/use-route.ts'
import { Credits } from '../../components/Credits.tsx'
import { Panel, Tile } from '../../components/Panel.tsx'
import { ToneIcon } from '../../components/StateBadge.tsx'
import { exactCredits, microOf, shortCredits, sumMicro } from '../../format/credits.ts'
import { plural } from '../../format/numbers.ts'
import type { Tone } from '../../format/task-words.ts'
import { PaymentBar } from './PaymentBar.tsx'
import { type PaymentStage, paymentStages, stageAmounts } from './payment-words.ts'
import classes from './Standing.module.css'

/** The balance, and how far all that was ever earned has come. */
export function Standing({ earnings }: { readonly earnings: EarningsView }) {
  const { balanceMicro, earnedTodayMicro, acknowledgedMicro, settledMicro } = earnings
  const earnedMicro = sumMicro([acknowledgedMicro, settledMicro])
  const spentMicro = earnedMicro - microOf(balanceMicro)
  const amounts = stageAmounts(earnings)
  const summary = paymentStages.map(({ id, label }) => `${label} ${exactCredits(amounts[id])}`).join(', ')
  return (
    <div className={classes.standing}>
      <Tile
        label="Balance"
        value={<Credits micro={balanceMicro} form="short" />}
        unit="credits"
        detail={
          spentMicro === 0n
            ? 'all that was earned'
            : `${shortCredits(earnedMicro)} earned, ${shortCredits(spentMicro)} spent`
        }
      />
      <Tile
        label="Earned today"
        value={<Credits micro={earnedTodayMicro} form="short" />}
        unit="credits"
        detail="with a signed receipt"
      />
      <div className={classes.stages}>
        <Panel title="How far payment has come" aside="all time, in credits">
          <PaymentBar amounts={amounts} label={`In credits: ${summary}`} />
          <ul className={classes.list}>
            {paymentStages.map(({ id, label, tone, hint }) => (
              <Stage
                key={id}
                label={label}
                tone={amounts[id] === 0n ? 'neutral' : tone}
                hint={hint}
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
  readonly label: string
  readonly tone: Tone
  readonly hint: string
  readonly micro: bigint
  readonly detail: ReactNode
}

function Stage({ label, tone, hint, micro, detail }: StageProps) {
  return (
    <li title={`${label}: ${hint}`}>
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
  if (stage === 'settled') return 'paid to you'
  if (stage === 'acknowledged') return 'receipt signed'
  if (stage === 'pending')
    return earnings.pendingTasks === 0 ? 'none awaited' : plural(earnings.pendingTasks, 'receipt')
  const tasks = stage === 'disputed' ? earnings.disputedTasks : earnings.unpaidTasks
  if (tasks === 0) return 'no task'
  return (
    <button
      type="button"
      className={classes.link}
      aria-label={`${plural(tasks, 'task')} ${stage === 'disputed' ? 'disputed' : 'not paid'}: show why`}
      onClick={() => navigate({ view: 'earnings', tab: 'unpaid' })}
    >
      {plural(tasks, 'task')}
    </button>
  )
}
