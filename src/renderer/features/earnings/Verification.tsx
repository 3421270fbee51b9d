import { IconAlertTriangle, IconShieldCheck } from '@tabler/icons-react'
import { t } from '../../../locales/translate.ts'
import type { LedgerVerificationView } from '../../../protocol/earnings-views.ts'
import { Banner } from '../../components/Banner.tsx'
import classes from './Verification.module.css'

export interface VerificationProps {
  readonly verification: LedgerVerificationView
  readonly onClose: () => void
}

/** What a check of every hash and signature found. */
export function Verification({ verification: { ok, entries, problems }, onClose }: VerificationProps) {
  return (
    <Banner
      tone={ok ? 'earned' : 'attention'}
      role="status"
      icon={ok ? IconShieldCheck : IconAlertTriangle}
      title={
        ok
          ? t('earnings:verification.fine', { count: entries })
          : t('earnings:verification.problems', { count: problems.length })
      }
      onClose={onClose}
    >
      {ok ? (
        <p>{t('earnings:verification.fineMore')}</p>
      ) : (
        <ul className={classes.problems} {...{ tabIndex: 0 }}>
          {problems.map((problem) => (
            <li key={`${problem.seq} ${problem.message}`}>
              {problem.seq !== undefined && <b>{t('earnings:verification.entry', { seq: problem.seq })} </b>}
              {problem.message}
            </li>
          ))}
        </ul>
      )}
    </Banner>
  )
}
