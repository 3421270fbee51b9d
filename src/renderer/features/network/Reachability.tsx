import { IconArrowRight } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Trans } from 'react-i18next'
import { i18n, t } from '../../../locales/translate.ts'
import { adviceWords } from '../../../locales/words/advice-words.ts'
import type { ReachabilityView } from '../../../protocol/network-views.ts'
import type { NodeStatusView } from '../../../protocol/views.ts'
import type { Read } from '../../app/use-reachability.ts'
import { CopyButton } from '../../components/CopyButton.tsx'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState, FailureNote } from '../../components/ErrorState.tsx'
import { Identifier } from '../../components/Identifier.tsx'
import { Panel } from '../../components/Panel.tsx'
import { ToneIcon } from '../../components/StateBadge.tsx'
import { reachWords } from '../../format/reachability.ts'
import { clockDuration, clockWords } from './network-words.ts'
import classes from './Reachability.module.css'

export interface ReachabilityProps {
  readonly status: NodeStatusView
  /** Null while it is off the network. */
  readonly reach: Read<ReachabilityView | null>
}

/** Whether others reach this computer, what that means for earning, and what to do about it. */
export function Reachability({ status, reach: { data, error, retry } }: ReachabilityProps) {
  return (
    <Panel title={t('network:reach.title')}>
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={retry} />
      ) : data === undefined ? (
        <LoadingRows rows={4} />
      ) : data === null ? (
        <div>
          <p className={classes.level}>{t('network:reach.notNow')}</p>
          <p className={classes.dim}>
            {status.phase === 'joining' ? t('network:reach.joining') : t('network:reach.offline')}
          </p>
        </div>
      ) : (
        <Reached view={data} />
      )}
    </Panel>
  )
}

function Reached({ view }: { readonly view: ReachabilityView }) {
  const { title, tone, meaning } = reachWords(view.level)
  // A wrong clock comes first, and has a note of its own.
  const advice = view.advice.filter(({ code }) => code !== 'set_clock')
  return (
    <>
      <div role="status">
        <p className={classes.level}>
          <ToneIcon tone={tone} size={18} />
          {title}
        </p>
        <p className={classes.dim}>{meaning}</p>
      </div>
      {advice.length > 0 && (
        <ul className={classes.advice} aria-label={t('network:reach.whatToDo')}>
          {advice.map((each) => (
            <li key={each.code}>
              <IconArrowRight aria-hidden size={14} />
              {adviceWords(each)}
            </li>
          ))}
        </ul>
      )}
      <dl className={classes.facts}>
        {facts(view).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {view.addresses.length > 0 && <Addresses addresses={view.addresses} />}
    </>
  )
}

function facts(view: ReachabilityView): [string, ReactNode][] {
  const { connections, relays, serving, networkKey, clock, nat } = view
  const inAll = connections.direct + connections.relayed
  const list: [string, ReactNode][] = [
    [
      t('network:reach.connections'),
      inAll === 0
        ? t('network:reach.noConnections')
        : t('network:reach.connectionsOf', { direct: connections.direct, relayed: connections.relayed }),
    ],
    [t('network:reach.clock'), clockWords(clock)],
  ]
  if (relays.length > 0)
    list.push([
      t('network:reach.relay', { count: relays.length }),
      relays.map((relay) => <Identifier key={relay} value={relay} label={t('network:id.relay')} />),
    ])
  // In a local network nobody looks at it.
  if (nat !== 'unknown') list.push([t('network:reach.router'), t(`network:nat.${nat}`)])
  if (serving !== undefined)
    list.push([
      t('network:reach.serving'),
      serving.reservations === 0
        ? t('network:reach.servingNobody')
        : t('network:reach.servingSome', { count: serving.reservations }),
    ])
  if (networkKey !== undefined)
    list.push([
      t('network:reach.privateNetwork'),
      <span key="key" title={t('network:reach.keyHint')}>
        <Trans
          i18n={i18n}
          t={t}
          i18nKey="network:reach.key"
          components={{ id: <Identifier value={networkKey} label={t('network:id.key')} /> }}
        />
      </span>,
    ])
  return list
}

function Addresses({ addresses }: { readonly addresses: readonly string[] }) {
  return (
    <details className={classes.addresses}>
      <summary>{t('network:reach.addresses', { count: addresses.length })}</summary>
      <ul>
        {addresses.map((address) => (
          <li key={address}>
            <code>{address}</code>
            <CopyButton text={address} label={t('network:copyAddress')} />
          </li>
        ))}
      </ul>
    </details>
  )
}

/** A clock that is off makes others deaf to this node without a word; so it is said above everything else. */
export function WrongClock({ view }: { readonly view: ReachabilityView }) {
  const { clock } = view
  if (clock?.wrong !== true) return null
  const duration = clockDuration(clock)
  const count = clock.peers
  return (
    <FailureNote
      title={
        clock.aheadMs > 0
          ? t('network:clock.noteAhead', { duration, count })
          : t('network:clock.noteBehind', { duration, count })
      }
      failure={{
        message: t('network:clock.meaning'),
      }}
    />
  )
}
