import type { AgreementView, CopyView } from '../../../protocol/agreement.ts'
import type { AssignedNodeView } from '../../../protocol/task-views.ts'
import type { CheckView } from '../../../protocol/views.ts'
import { Identifier } from '../../components/Identifier.tsx'
import { ToneBadge } from '../../components/StateBadge.tsx'
import { exactCredits } from '../../format/credits.ts'
import { stateName, type Tone } from '../../format/task-words.ts'
import { clockWithMs, fullTime } from '../../format/time.ts'
import classes from './TaskChecks.module.css'

const verdicts: Readonly<Record<CheckView['verdict'], { readonly label: string; readonly tone: Tone }>> = {
  agreed: { label: 'Agrees', tone: 'earned' },
  refuted: { label: 'Refuted', tone: 'attention' },
  unclear: { label: 'Unclear', tone: 'neutral' },
}

const methods: Readonly<Record<CheckView['method'], string>> = {
  own_model: 'on this computer',
  second_node: 'by another node',
}

/** What came of checking the results that this task was given. */
export function TaskChecks({ checks }: { readonly checks: readonly CheckView[] }) {
  return (
    <ul className={classes.list}>
      {checks.map(({ node, method, verdict, reason, late, atMs }) => (
        <li key={node}>
          <ToneBadge tone={verdicts[verdict].tone}>{verdicts[verdict].label}</ToneBadge>
          <span>
            Result of <Identifier value={node} label="node" />, checked {methods[method]}
            {late && ', after it was paid'}
          </span>
          <time className={classes.at} title={fullTime(atMs)}>
            {clockWithMs(atMs)}
          </time>
          <p className={classes.more}>{reason}</p>
        </li>
      ))}
    </ul>
  )
}

/** How the nodes that had the same task agree. */
export function TaskAgreement({ agreement }: { readonly agreement: AgreementView }) {
  const { rule, asked, answered, agreed, copies } = agreement
  return (
    <>
      <p className={classes.sentence}>
        {agreed} of {asked} nodes gave the same result; {answered} answered.{' '}
        {rule === 'all' ? 'All of them must agree.' : 'More than half must agree.'}
      </p>
      <ul className={classes.list}>
        {copies.map((copy) => {
          const { label, tone } = copyWords(copy)
          return (
            <li key={copy.taskId}>
              <ToneBadge tone={tone}>{label}</ToneBadge>
              <span>
                {copy.node === undefined ? 'No node yet' : <Identifier value={copy.node} label="node" />}
                {copy.resultHash !== undefined && (
                  <>
                    {' '}
                    · result <Identifier value={copy.resultHash} label="result hash" />
                  </>
                )}
              </span>
              <span className={classes.at} data-figures>
                {copy.amountMicro !== undefined && `${exactCredits(copy.amountMicro)} credits`}
              </span>
              {copy.error !== undefined && <p className={classes.more}>{copy.error.message}</p>}
            </li>
          )
        })}
      </ul>
    </>
  )
}

function copyWords({ agrees, status, error }: CopyView): { readonly label: string; readonly tone: Tone } {
  if (agrees !== undefined)
    return agrees ? { label: 'Agrees', tone: 'earned' } : { label: 'Differs', tone: 'attention' }
  return { label: stateName(status), tone: error === undefined ? 'neutral' : 'attention' }
}

/** The nodes that were given the task and may be paid for it, with what was agreed. */
export function TaskNodes({ nodes }: { readonly nodes: readonly AssignedNodeView[] }) {
  return (
    <ul className={classes.list}>
      {nodes.map((assigned) => (
        <li key={assigned.node}>
          <ToneBadge tone={assigned.acceptedAtMs === undefined ? 'waiting' : 'earned'}>
            {assigned.acceptedAtMs === undefined ? 'Asked' : 'Accepted'}
          </ToneBadge>
          <span>
            <Identifier value={assigned.node} label="node" /> with {assigned.model}
          </span>
          <time className={classes.at} title={fullTime(assigned.acceptedAtMs ?? assigned.assignedAtMs)}>
            {clockWithMs(assigned.acceptedAtMs ?? assigned.assignedAtMs)}
          </time>
          <p className={classes.more}>
            {exactCredits(assigned.promptMicroPer1k)} credits for 1,000 prompt tokens,{' '}
            {exactCredits(assigned.completionMicroPer1k)} for 1,000 completion tokens
          </p>
        </li>
      ))}
    </ul>
  )
}
