import { Trans } from 'react-i18next'
import { i18n, t } from '../../../locales/translate.ts'
import type { AgreementView, CopyView } from '../../../protocol/agreement.ts'
import type { AssignedNodeView } from '../../../protocol/task-views.ts'
import type { CheckView } from '../../../protocol/views.ts'
import { Identifier } from '../../components/Identifier.tsx'
import { ToneBadge } from '../../components/StateBadge.tsx'
import { exactCredits } from '../../format/credits.ts'
import { stateName, type Tone } from '../../format/task-words.ts'
import { clockWithMs, fullTime } from '../../format/time.ts'
import classes from './TaskChecks.module.css'

const verdictTones: Readonly<Record<CheckView['verdict'], Tone>> = {
  agreed: 'earned',
  refuted: 'attention',
  unclear: 'neutral',
}

/** What came of checking the results that this task was given. */
export function TaskChecks({ checks }: { readonly checks: readonly CheckView[] }) {
  return (
    <ul className={classes.list}>
      {checks.map(({ node, method, verdict, reason, late, atMs }) => (
        <li key={node}>
          <ToneBadge tone={verdictTones[verdict]}>{t(`tasks:check.${verdict}`)}</ToneBadge>
          <span>
            <Trans
              i18n={i18n}
              t={t}
              i18nKey={late ? `tasks:check.${method}_late` : `tasks:check.${method}`}
              components={{ who: <Identifier value={node} label={t('tasks:id.node')} /> }}
            />
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
      <p className={classes.sentence}>{t(`tasks:agreement.${rule}`, { agreed, asked, answered })}</p>
      <ul className={classes.list}>
        {copies.map((copy) => {
          const { label, tone } = copyWords(copy)
          return (
            <li key={copy.taskId}>
              <ToneBadge tone={tone}>{label}</ToneBadge>
              <span>
                {copy.node === undefined ? (
                  t('tasks:noNode')
                ) : (
                  <Identifier value={copy.node} label={t('tasks:id.node')} />
                )}
                {copy.resultHash !== undefined && (
                  <>
                    {' '}
                    ·{' '}
                    <Trans
                      i18n={i18n}
                      t={t}
                      i18nKey="tasks:agreement.result"
                      components={{
                        hash: <Identifier value={copy.resultHash} label={t('tasks:id.resultHash')} />,
                      }}
                    />
                  </>
                )}
              </span>
              <span className={classes.at} data-figures>
                {copy.amountMicro !== undefined &&
                  t('common:credits', { amount: exactCredits(copy.amountMicro) })}
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
    return agrees
      ? { label: t('tasks:agreement.agrees'), tone: 'earned' }
      : { label: t('tasks:agreement.differs'), tone: 'attention' }
  return { label: stateName(status), tone: error === undefined ? 'neutral' : 'attention' }
}

/** The nodes that were given the task and may be paid for it, with what was agreed. */
export function TaskNodes({ nodes }: { readonly nodes: readonly AssignedNodeView[] }) {
  return (
    <ul className={classes.list}>
      {nodes.map((assigned) => (
        <li key={assigned.node}>
          <ToneBadge tone={assigned.acceptedAtMs === undefined ? 'waiting' : 'earned'}>
            {assigned.acceptedAtMs === undefined ? t('tasks:assigned.asked') : t('tasks:assigned.accepted')}
          </ToneBadge>
          <span>
            <Trans
              i18n={i18n}
              t={t}
              i18nKey="tasks:assigned.with"
              values={{ model: assigned.model }}
              components={{ who: <Identifier value={assigned.node} label={t('tasks:id.node')} /> }}
            />
          </span>
          <time className={classes.at} title={fullTime(assigned.acceptedAtMs ?? assigned.assignedAtMs)}>
            {clockWithMs(assigned.acceptedAtMs ?? assigned.assignedAtMs)}
          </time>
          <p className={classes.more}>
            {t('tasks:assigned.price', {
              prompt: exactCredits(assigned.promptMicroPer1k),
              completion: exactCredits(assigned.completionMicroPer1k),
            })}
          </p>
        </li>
      ))}
    </ul>
  )
}
