import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconBan, IconCheck, IconClock, IconShieldCheck, IconX } from '@tabler/icons-react'
import type { MisdeedView, PeerVerdict, QuarantineView } from '../../../../protocol/peer-views.ts'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { EmptyState, LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState } from '../../../components/ErrorState.tsx'
import { Identifier } from '../../../components/Identifier.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { RelativeTime } from '../../../components/RelativeTime.tsx'
import { count } from '../../../format/numbers.ts'
import { verdictWords } from '../peers/peer-words.ts'
import { AddRule } from './AddRule.tsx'
import classes from './KeptOutTab.module.css'
import { misdeedWords, quarantineWords } from './misdeed-words.ts'
import { useSetRule, useStanding } from './use-rules.ts'

export interface KeptOutTabProps {
  readonly openId: string | undefined
  readonly onOpen: (peerId: string) => void
}

/** Whom you let in and keep out, who is kept out for what it did, and what peers did wrong. */
export function KeptOutTab({ openId, onOpen }: KeptOutTabProps) {
  const { data, error, retry } = useStanding({ log: true })
  if (data === undefined) {
    return error === null ? (
      <Panel title="Your rules">
        <LoadingRows rows={6} />
      </Panel>
    ) : (
      <ErrorState error={error} onRetry={retry} />
    )
  }
  return (
    <div className={classes.tab}>
      <div className={classes.lists}>
        <Rules allowed={data.allowed} denied={data.denied} />
        <Quarantined quarantined={data.quarantined} onOpen={onOpen} />
      </div>
      <Panel title="What peers did wrong" flush>
        <div className={classes.log}>
          <DataTable
            label="What peers did wrong"
            rows={data.misdeeds}
            columns={misdeedColumns}
            rowId={misdeedId}
            rowHeight={36}
            onOpen={({ peerId }) => onOpen(peerId)}
            openId={data.misdeeds.filter(({ peerId }) => peerId === openId).map(misdeedId)[0]}
            empty={
              <EmptyState icon={IconShieldCheck} title="Nobody has misbehaved">
                A peer that sends what no correct program sends, or more than one peer may, is written down
                here. The last 1,000 lines are kept.
              </EmptyState>
            }
          />
        </div>
      </Panel>
    </div>
  )
}

interface RulesProps {
  readonly allowed: readonly string[]
  readonly denied: readonly string[]
}

function Rules({ allowed, denied }: RulesProps) {
  return (
    <Panel title="Your rules">
      <AddRule />
      {allowed.length + denied.length === 0 ? (
        <p className={classes.dim}>
          None. Everybody of this network is let in, with limits. A rule for a peer counts more than one for
          its address.
        </p>
      ) : (
        <ul className={classes.rules} aria-label="Your rules">
          {denied.map((subject) => (
            <Rule key={subject} subject={subject} verdict="denied" />
          ))}
          {allowed.map((subject) => (
            <Rule key={subject} subject={subject} verdict="allowed" />
          ))}
        </ul>
      )}
    </Panel>
  )
}

function Rule({ subject, verdict }: { readonly subject: string; readonly verdict: PeerVerdict }) {
  const set = useSetRule()
  const isDenied = verdict === 'denied'
  const isAddress = /[.:]/.test(subject)
  const Icon = isDenied ? IconBan : IconCheck
  const word = isDenied ? 'Blocked' : 'Allowed'
  return (
    <li data-verdict={verdict}>
      <span className={classes.verdict} title={verdictWords[verdict].meaning}>
        <Icon aria-hidden size={14} />
        {word}
      </span>
      <Identifier value={subject} label={isAddress ? 'address' : 'peer id'} whole={isAddress} />
      <Tooltip label="Remove the rule">
        <ActionIcon
          size={24}
          aria-label={`Remove the rule for ${subject}`}
          loading={set.isPending}
          onClick={() => set.mutate({ subject, verdict: 'neither' })}
        >
          <IconX aria-hidden size={14} />
        </ActionIcon>
      </Tooltip>
    </li>
  )
}

interface QuarantinedProps {
  readonly quarantined: readonly QuarantineView[]
  readonly onOpen: (peerId: string) => void
}

function Quarantined({ quarantined, onOpen }: QuarantinedProps) {
  const set = useSetRule()
  return (
    <Panel title="Kept out for a while">
      {quarantined.length === 0 ? (
        <p className={classes.dim}>
          Nobody. A peer that goes on misbehaving is kept out by itself: 15 minutes the first time, longer
          each further time.
        </p>
      ) : (
        <ul className={classes.quarantined} aria-label="Kept out for a while">
          {quarantined.map((each) => (
            <li key={each.peerId}>
              <IconClock aria-hidden size={15} className={classes.clock} />
              <div>
                <Identifier value={each.peerId} label="peer id" />
                <p className={classes.dim}>{quarantineWords(each)}</p>
              </div>
              <Button onClick={() => onOpen(each.peerId)}>Details</Button>
              <Button
                loading={set.isPending && set.variables.subject === each.peerId}
                onClick={() => set.mutate({ subject: each.peerId, verdict: 'allowed' })}
              >
                Let in
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

function misdeedId({ atMs, peerId, misdeed, detail }: MisdeedView): string {
  return `${atMs} ${peerId} ${misdeed} ${detail}`
}

const misdeedColumns: readonly Column<MisdeedView>[] = [
  {
    id: 'when',
    header: 'When',
    width: '96px',
    sortValue: ({ atMs }) => -atMs,
    cell: ({ atMs }) => <RelativeTime atMs={atMs} />,
  },
  {
    id: 'peer',
    header: 'Peer',
    width: '130px',
    sortValue: ({ peerId }) => peerId,
    cell: ({ peerId }) => <Identifier value={peerId} label="peer id" />,
  },
  {
    id: 'what',
    header: 'What',
    width: 'minmax(200px, 2fr)',
    sortValue: ({ misdeed }) => misdeedWords(misdeed),
    cell: ({ misdeed }) => misdeedWords(misdeed),
  },
  {
    id: 'detail',
    header: 'Detail',
    width: 'minmax(160px, 3fr)',
    fromWidth: 560,
    cell: ({ detail }) => <span title={detail}>{detail}</span>,
  },
  {
    id: 'times',
    header: 'Times',
    width: '70px',
    align: 'end',
    sortValue: ({ times }) => -times,
    cell: ({ times }) => count(times),
  },
]
