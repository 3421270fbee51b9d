import { t } from '../../../../locales/translate.ts'
import type { PeerVerdict } from '../../../../protocol/peer-views.ts'
import { Segmented } from '../../../components/Segmented.tsx'
import { useSetRule } from '../kept-out/use-rules.ts'
import classes from './PeerDetails.module.css'
import { verdictOption } from './peer-words.ts'

const verdicts = ['allowed', 'neither', 'denied'] as const

export interface PeerRuleProps {
  readonly peerId: string
  /** The rule for its id. */
  readonly rule: PeerVerdict
  /** What all rules come to, those for its address too; undefined while it is not connected. */
  readonly effective: PeerVerdict | undefined
}

/** Allow, block, or neither, and what each means. It holds at once. */
export function PeerRule({ peerId, rule, effective }: PeerRuleProps) {
  const set = useSetRule()
  const shown = set.isPending ? set.variables.verdict : rule
  return (
    <div className={classes.rule}>
      <Segmented
        label={t('network:peer.part.rule')}
        value={shown}
        options={verdicts.map(verdictOption)}
        onChange={(verdict) => set.mutate({ subject: peerId, verdict })}
      />
      <p className={classes.none} role="status">
        {t(`network:verdict.${shown}.meaning`)}
        {shown === 'neither' && effective === 'allowed' && ` ${t('network:peer.addressRule')}`}
      </p>
    </div>
  )
}
