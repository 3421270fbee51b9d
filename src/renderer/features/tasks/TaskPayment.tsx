import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { Trans } from 'react-i18next'
import { i18n, t } from '../../../locales/translate.ts'
import type { UnpaidCode } from '../../../protocol/payment.ts'
import type { TaskDetailView } from '../../../protocol/views.ts'
import { useNavigate } from '../../app/use-route.ts'
import { Identifier } from '../../components/Identifier.tsx'
import { Facts } from '../../components/Panel.tsx'
import { ToneBadge, ToneIcon } from '../../components/StateBadge.tsx'
import { exactCredits } from '../../format/credits.ts'
import { count } from '../../format/numbers.ts'
import { reasonWords } from '../../format/reason-words.ts'
import { fullTime } from '../../format/time.ts'
import { unpaidWords } from '../../format/unpaid-words.ts'
import { paymentWords } from './payment-words.ts'
import classes from './TaskPayment.module.css'

/** How far the payment has come, why it came no further and what can be done, the receipt, and what the requester has against it. */
export function TaskPayment({ task }: { readonly task: TaskDetailView }) {
  const { label, tone, sentence } = paymentWords(task)
  const facts = paymentFacts(task)
  return (
    <div className={classes.payment}>
      <div className={classes.state}>
        <ToneBadge tone={tone}>{label}</ToneBadge>
        <p>{sentence}</p>
      </div>
      {task.dispute === undefined && task.unpaidCode !== undefined ? (
        <Cause code={task.unpaidCode} reason={task.unpaidReason} />
      ) : (
        task.dispute === undefined &&
        task.unpaidReason !== undefined && <p className={classes.quote}>{reasonWords(task.unpaidReason)}</p>
      )}
      {task.dispute !== undefined && <Dispute dispute={task.dispute} isOurs={task.role === 'requested'} />}
      {facts.length > 0 && <Facts facts={facts} />}
    </div>
  )
}

function Cause({ code, reason }: { readonly code: UnpaidCode; readonly reason: string | undefined }) {
  const navigate = useNavigate()
  const { label, tone, meaning, advice, mend } = unpaidWords(code)
  return (
    <div className={classes.note} data-tone={tone}>
      <ToneIcon tone={tone} size={15} />
      <div>
        <p>
          <Trans
            i18n={i18n}
            t={t}
            i18nKey="tasks:payment.cause"
            values={{ label, meaning }}
            components={{ b: <b /> }}
          />
        </p>
        {reason !== undefined && <p className={classes.quote}>{reasonWords(reason)}</p>}
        <p className={classes.dim}>{advice}</p>
        {mend !== undefined && <Button onClick={() => navigate(mend.route)}>{mend.label}</Button>}
      </div>
    </div>
  )
}

function Dispute({
  dispute,
  isOurs,
}: {
  readonly dispute: NonNullable<TaskDetailView['dispute']>
  readonly isOurs: boolean
}) {
  return (
    <div className={classes.note} data-tone="attention">
      <ToneIcon tone="attention" size={15} />
      <div>
        <p>
          <b>{isOurs ? t('tasks:dispute.yours') : t('tasks:dispute.theirs')}</b>{' '}
          {t(`tasks:dispute.${dispute.code}`)}
        </p>
        <p className={classes.quote}>{dispute.reason}</p>
        <p className={classes.dim}>
          {fullTime(dispute.atMs)}
          {dispute.toldTo !== undefined && ` · ${t(`tasks:dispute.told.${dispute.toldTo.state}`)}`}
        </p>
        {!isOurs && <p className={classes.dim}>{t('tasks:dispute.advice')}</p>}
      </div>
    </div>
  )
}

function paymentFacts(task: TaskDetailView): [string, ReactNode][] {
  const { receipt, paymentTrail: trail = {}, role } = task
  const facts: [string, ReactNode][] = []
  if (trail.price !== undefined) {
    const { promptMicroPer1k, completionMicroPer1k } = trail.price
    facts.push([
      t('tasks:payment.fact.price'),
      t('tasks:payment.fact.priceOf', {
        prompt: exactCredits(promptMicroPer1k),
        completion: exactCredits(completionMicroPer1k),
      }),
    ])
  }
  if (trail.deliveredAtMs !== undefined)
    facts.push([t('tasks:payment.fact.delivered'), fullTime(trail.deliveredAtMs)])
  if (receipt !== undefined) {
    facts.push(
      [t('tasks:payment.fact.amount'), t('common:credits', { amount: exactCredits(receipt.amountMicro) })],
      [t('tasks:payment.fact.signed'), fullTime(receipt.issuedAtMs)],
      [t('tasks:payment.fact.entry'), `#${count(receipt.ledgerSeq)}`],
      [
        t('tasks:payment.fact.resultHash'),
        <Identifier key="hash" value={receipt.resultHash} label={t('tasks:id.resultHash')} whole />,
      ],
      [
        t('tasks:payment.fact.signature'),
        <Identifier key="signature" value={receipt.signature} label={t('tasks:id.signature')} whole />,
      ],
    )
  }
  if (trail.settledAtMs !== undefined) {
    const how = trail.reference === undefined ? '' : ` · ${trail.reference}`
    facts.push([
      role === 'executed' ? t('tasks:payment.fact.settled') : t('tasks:payment.fact.youSettled'),
      `${fullTime(trail.settledAtMs)}${how}`,
    ])
  }
  return facts
}
