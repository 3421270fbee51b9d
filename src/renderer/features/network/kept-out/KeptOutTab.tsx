import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { IconBan, IconCheck, IconClock, IconShieldCheck, IconX } from '@tabler/icons-react'
import { useMemo } from 'react'
import { t } from '../../../../locales/translate.ts'
import type { MisdeedView, PeerVerdict, QuarantineView } from '../../../../protocol/peer-views.ts'
import { type Column, DataTable } from '../../../components/DataTable.tsx'
import { EmptyState, LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState } from '../../../components/ErrorState.tsx'
import { Identifier } from '../../../components/Identifier.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { RelativeTime } from '../../../components/RelativeTime.tsx'
import { count } from '../../../format/numbers.ts'
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
  const columns = useMemo(() => misdeedColumns(), [])
  if (data === undefined) {
    return error === null ? (
      <Panel title={t('network:rules.title')}>
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
      <Panel title={t('network:misdeeds.title')} flush>
        <div className={classes.log}>
          <DataTable
            label={t('network:misdeeds.title')}
            rows={data.misdeeds}
            columns={columns}
            rowId={misdeedId}
            rowHeight={36}
            onOpen={({ peerId }) => onOpen(peerId)}
            openId={data.misdeeds.filter(({ peerId }) => peerId === openId).map(misdeedId)[0]}
            empty={
              <EmptyState icon={IconShieldCheck} title={t('network:misdeeds.empty')}>
                {t('network:misdeeds.emptyMore')}
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
    <Panel title={t('network:rules.title')}>
      <AddRule />
      {allowed.length + denied.length === 0 ? (
        <p className={classes.dim}>{t('network:rules.none')}</p>
      ) : (
        <ul className={classes.rules} aria-label={t('network:rules.title')}>
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
  return (
    <li data-verdict={verdict}>
      <span className={classes.verdict} title={t(`network:verdict.${verdict}.meaning`)}>
        <Icon aria-hidden size={14} />
        {isDenied ? t('network:rules.denied') : t('network:rules.allowed')}
      </span>
      <Identifier
        value={subject}
        label={isAddress ? t('network:id.address') : t('network:id.peer')}
        whole={isAddress}
      />
      <Tooltip label={t('network:rules.remove')}>
        <ActionIcon
          size={24}
          aria-label={t('network:rules.removeFor', { subject })}
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
    <Panel title={t('network:quarantine.title')}>
      {quarantined.length === 0 ? (
        <p className={classes.dim}>{t('network:quarantine.none')}</p>
      ) : (
        <ul className={classes.quarantined} aria-label={t('network:quarantine.title')}>
          {quarantined.map((each) => (
            <li key={each.peerId}>
              <IconClock aria-hidden size={15} className={classes.clock} />
              <div>
                <Identifier value={each.peerId} label={t('network:id.peer')} />
                <p className={classes.dim}>{quarantineWords(each)}</p>
              </div>
              <Button onClick={() => onOpen(each.peerId)}>{t('network:quarantine.details')}</Button>
              <Button
                loading={set.isPending && set.variables.subject === each.peerId}
                onClick={() => set.mutate({ subject: each.peerId, verdict: 'allowed' })}
              >
                {t('network:quarantine.letIn')}
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

const misdeedColumns = (): readonly Column<MisdeedView>[] => [
  {
    id: 'when',
    header: t('network:misdeeds.column.when'),
    width: '118px',
    sortValue: ({ atMs }) => -atMs,
    cell: ({ atMs }) => <RelativeTime atMs={atMs} />,
  },
  {
    id: 'peer',
    header: t('network:misdeeds.column.peer'),
    width: '130px',
    sortValue: ({ peerId }) => peerId,
    cell: ({ peerId }) => <Identifier value={peerId} label={t('network:id.peer')} />,
  },
  {
    id: 'what',
    header: t('network:misdeeds.column.what'),
    width: 'minmax(180px, 2fr)',
    sortValue: ({ misdeed }) => misdeedWords(misdeed),
    cell: ({ misdeed }) => misdeedWords(misdeed),
  },
  {
    id: 'detail',
    header: t('network:misdeeds.column.detail'),
    width: 'minmax(160px, 3fr)',
    fromWidth: 560,
    cell: ({ detail }) => <span title={detail}>{detail}</span>,
  },
  {
    id: 'times',
    header: t('network:misdeeds.column.times'),
    width: '70px',
    align: 'end',
    sortValue: ({ times }) => -times,
    cell: ({ times }) => count(times),
  },
]
