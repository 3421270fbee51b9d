import { CloseButton } from '@mantine/core'
import { IconAlertTriangle, IconShieldCheck } from '@tabler/icons-react'
import type { LedgerVerificationView } from '../../../protocol/earnings-views.ts'
import { plural } from '../../format/numbers.ts'
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
            ? `${plural(entries, 'entry', 'entries')} verified`
            : `${plural(problems.length, 'problem')} in the ledger`}
        </p>
        {ok ? (
          <p>The chain is unbroken, and every receipt has the signature of the one who paid.</p>
        ) : (
          <ul>
            {problems.map((problem) => (
              <li key={`${problem.seq} ${problem.message}`}>
                {problem.seq !== undefined && <b>Entry #{problem.seq}: </b>}
                {problem.message}
              </li>
            ))}
          </ul>
        )}
      </div>
      <CloseButton aria-label="Close" onClick={onClose} />
    </div>
  )
}
