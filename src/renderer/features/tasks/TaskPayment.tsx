import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import type { UnpaidCode } from '../../../protocol/payment.ts'
import type { TaskDetailView } from '../../../protocol/views.ts'
import { useNavigate } from '../../app/use-route.ts'
import { Identifier } from '../../components/Identifier.tsx'
import { Facts } from '../../components/Panel.tsx'
import { ToneBadge, ToneIcon } from '../../components/StateBadge.tsx'
import { exactCredits } from '../../format/credits.ts'
import { count } from '../../format/numbers.ts'
import { fullTime } from '../../format/time.ts'
import { unpaidWords } from '../../format/unpaid-words.ts'
import { disputeWords, paymentWords, toldWords } from './payment-words.ts'
import classes from './TaskPayment.module.css'

const DISPUTED_ADVICE =
  'If requesters refuse again and again what one model writes, check that model’s file under Models.'

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
        task.unpaidReason !== undefined && <p className={classes.quote}>{task.unpaidReason}</p>
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
          <b>{label}.</b> {meaning}
        </p>
        {reason !== undefined && <p className={classes.quote}>{reason}</p>}
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
          <b>{isOurs ? 'You dispute a result.' : 'The requester disputes the result.'}</b>{' '}
          {disputeWords[dispute.code]}
        </p>
        <p className={classes.quote}>{dispute.reason}</p>
        <p className={classes.dim}>
          {fullTime(dispute.atMs)}
          {dispute.toldTo !== undefined && ` · ${toldWords[dispute.toldTo.state]}`}
        </p>
        {!isOurs && <p className={classes.dim}>{DISPUTED_ADVICE}</p>}
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
      'Agreed price',
      `${exactCredits(promptMicroPer1k)} for 1,000 prompt tokens, ${exactCredits(completionMicroPer1k)} for 1,000 completion tokens`,
    ])
  }
  if (trail.deliveredAtMs !== undefined) facts.push(['Delivered', fullTime(trail.deliveredAtMs)])
  if (receipt !== undefined) {
    facts.push(
      ['Amount', `${exactCredits(receipt.amountMicro)} credits`],
      ['Signed', fullTime(receipt.issuedAtMs)],
      ['Ledger entry', `#${count(receipt.ledgerSeq)}`],
      ['Result hash', <Identifier key="hash" value={receipt.resultHash} label="result hash" whole />],
      ['Signature', <Identifier key="signature" value={receipt.signature} label="signature" whole />],
    )
  }
  if (trail.settledAtMs !== undefined) {
    const how = trail.reference === undefined ? '' : ` · ${trail.reference}`
    facts.push([role === 'executed' ? 'Settled' : 'You settled', `${fullTime(trail.settledAtMs)}${how}`])
  }
  return facts
}
