import { CloseButton } from '@mantine/core'
import { IconAlertTriangle, IconShieldCheck } from '@tabler/icons-react'
import { t } from '../../../locales/translate.ts'
import type { LedgerVerificationView } from '../../../protocol/earnings-views.ts'
import classes from './Verification.module.css'

export interface VerificationProps {
  readonly verification: LedgerVerificationView
  readonly onClose: () => void
}

/** What a check of every hash and signature found. */
export function Verification({ verification: { ok, entries, problems }, onClose }: VerificationProps) {
  const Icon = ok ? IconShieldCheck : IconAlertTriangle
  return (
    <div className={classes.note} data-ok={ok} role="status">
      <Icon aria-hidden size={18} />
      <div className={classes.body}>
        <p className={classes.title}>
          {ok
            ? t('earnings:verification.fine', { count: entries })
            : t('earnings:verification.problems', { count: problems.length })}
        </p>
        {ok ? (
          <p>{t('earnings:verification.fineMore')}</p>
        ) : (
          <ul>
            {problems.map((problem) => (
              <li key={`${problem.seq} ${problem.message}`}>
                {problem.seq !== undefined && (
                  <b>{t('earnings:verification.entry', { seq: problem.seq })} </b>
                )}
                {problem.message}
              </li>
            ))}
          </ul>
        )}
      </div>
      <CloseButton aria-label={t('common:close')} onClick={onClose} />
    </div>
  )
}
