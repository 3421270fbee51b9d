import { lazy, type ReactNode, Suspense } from 'react'
import { Trans } from 'react-i18next'
import { i18n, t } from '../../../../locales/translate.ts'
import type {
  ConnectedPeerView,
  PeerConductView,
  PeerDetailView,
} from '../../../../protocol/network-views.ts'
import { QUARANTINE_POINTS } from '../../../../protocol/network-views.ts'
import { CopyButton } from '../../../components/CopyButton.tsx'
import charts from '../../../components/charts.module.css'
import { Identifier } from '../../../components/Identifier.tsx'
import { Facts } from '../../../components/Panel.tsx'
import { RelativeTime } from '../../../components/RelativeTime.tsx'
import { ToneBadge } from '../../../components/StateBadge.tsx'
import { listed } from '../../../format/lists.ts'
import { duration } from '../../../format/time.ts'
import { Misdeeds } from '../kept-out/Misdeeds.tsx'
import { quarantineWords } from '../kept-out/misdeed-words.ts'
import { roundTripWords } from '../map/peer-mark.ts'
import { trafficSum } from '../network-words.ts'
import { Rates } from '../Traffic.tsx'
import classes from './PeerDetails.module.css'
import { PeerRule } from './PeerRule.tsx'
import { conductCount, protocolWord, reputationWords } from './peer-words.ts'

const TrafficChart = lazy(async () => ({ default: (await import('../TrafficChart.tsx')).TrafficChart }))

export function PeerDetails({ peer }: { readonly peer: PeerDetailView }) {
  const { connected, traffic, quarantine, conduct, misdeeds } = peer
  return (
    <div className={classes.details}>
      <div>
        <State peer={peer} />
        <h2 className={classes.title}>
          <Identifier value={peer.peerId} label={t('network:id.peer')} whole />
        </h2>
        {quarantine !== undefined && <p className={classes.said}>{quarantineWords(quarantine)}</p>}
      </div>
      <Part title={t('network:peer.part.rule')}>
        <PeerRule peerId={peer.peerId} rule={peer.rule} effective={connected?.verdict} />
      </Part>
      {connected !== undefined && (
        <Part title={t('network:peer.part.connection')}>
          <Facts facts={connectionFacts(connected)} />
        </Part>
      )}
      {traffic !== undefined && (
        <Part
          title={t('network:traffic.title')}
          aside={<Rates received={traffic.receivedPerSecond} sent={traffic.sentPerSecond} />}
        >
          <div className={`${charts.chart} ${classes.chart}`}>
            <Suspense>
              <TrafficChart traffic={traffic} />
            </Suspense>
          </div>
          <p className={classes.none}>{trafficSum(traffic)}</p>
        </Part>
      )}
      <Part title={t('network:peer.part.tasks')}>
        {conduct === undefined ? (
          <p className={classes.none}>{t('network:peer.noTasks')}</p>
        ) : (
          <Facts facts={conductFacts(conduct)} />
        )}
      </Part>
      <Part title={t('network:peer.part.misdeeds')}>
        {connected !== undefined && connected.misdeedPoints >= 0.5 && (
          <p className={classes.said}>
            {t('network:peer.points', {
              count: Math.round(connected.misdeedPoints),
              limit: QUARANTINE_POINTS,
            })}
          </p>
        )}
        {misdeeds.length === 0 ? (
          <p className={classes.none}>{t('network:peer.noMisdeeds')}</p>
        ) : (
          <Misdeeds misdeeds={misdeeds} />
        )}
      </Part>
    </div>
  )
}

function State({ peer: { connected, quarantine, rule } }: { readonly peer: PeerDetailView }) {
  if (rule === 'denied') return <ToneBadge tone="attention">{t('network:peer.state.denied')}</ToneBadge>
  if (quarantine !== undefined) return <ToneBadge tone="attention">{t('network:quarantine.one')}</ToneBadge>
  if (connected === undefined) return <ToneBadge tone="neutral">{t('network:notConnected')}</ToneBadge>
  return connected.way === 'direct' ? (
    <ToneBadge tone="earned">{t('network:peer.state.direct')}</ToneBadge>
  ) : (
    <ToneBadge tone="waiting">{t('network:peer.state.relayed')}</ToneBadge>
  )
}

interface PartProps {
  readonly title: string
  readonly aside?: ReactNode
  readonly children: ReactNode
}

function Part({ title, aside, children }: PartProps) {
  return (
    <section>
      <div className={classes.part}>
        <h3>{title}</h3>
        {aside}
      </div>
      {children}
    </section>
  )
}

function connectionFacts(peer: ConnectedPeerView): [string, ReactNode][] {
  const list: [string, ReactNode][] = [
    [
      t('network:peer.roundTrip'),
      peer.roundTripMs === undefined ? t('network:peer.roundTripUnknown') : roundTripWords(peer.roundTripMs),
    ],
    [t('network:peer.connected'), <Since key="since" peer={peer} />],
    [t('network:peer.program'), peer.agent === '' ? t('network:peer.programUnknown') : peer.agent],
    [t('network:peer.address'), <Addresses key="address" addresses={[peer.address]} of={peer.peerId} />],
  ]
  if (peer.relay !== undefined)
    list.push([
      t('network:peer.relay'),
      <Identifier key="relay" value={peer.relay} label={t('network:id.relay')} whole />,
    ])
  if (peer.help === 'carries-us') list.push([t('network:peer.helpsYou'), t('network:peer.helpsYouHow')])
  if (peer.help === 'carried') list.push([t('network:peer.youHelp'), t('network:peer.youHelpHow')])
  if (peer.listens.length > 0)
    list.push([
      t('network:peer.listens'),
      <Addresses key="listens" addresses={peer.listens} of={peer.peerId} />,
    ])
  list.push(
    [t('network:peer.streams'), streamWords(peer.streams)],
    [
      t('network:peer.serves'),
      peer.models.length === 0 ? t('network:peer.servesNothing') : listed(peer.models),
    ],
  )
  return list
}

function Since({ peer }: { readonly peer: ConnectedPeerView }) {
  const { direction, connections, connectedAtMs } = peer
  const side = direction === 'inbound' ? 'In' : 'Out'
  return (
    <Trans
      i18n={i18n}
      t={t}
      i18nKey={connections > 1 ? `network:peer.connected${side}Many` : `network:peer.connected${side}`}
      values={{ connections }}
      components={{ since: <RelativeTime atMs={connectedAtMs} /> }}
    />
  )
}

function streamWords(streams: ConnectedPeerView['streams']): string {
  if (streams.length === 0) return t('network:peer.noStreams')
  return listed(
    streams.map(({ protocol, open }) => t('network:peer.stream', { open, purpose: protocolWord(protocol) })),
  )
}

/** They are copied whole, and shown without the id that stands above. */
function Addresses({ addresses, of }: { readonly addresses: readonly string[]; readonly of: string }) {
  return (
    <ul className={classes.addresses}>
      {addresses.map((address) => (
        <li key={address}>
          <code title={address}>{address.replace(`/p2p/${of}`, '')}</code>
          <CopyButton text={address} label={t('network:copyAddress')} />
        </li>
      ))}
    </ul>
  )
}

function conductFacts(conduct: PeerConductView): [string, ReactNode][] {
  const { succeeded, failed, checkedRight, checkedWrong, speedRatio, delayMs, lastMs } = conduct
  return [
    [t('network:conduct.reputation'), reputationWords(conduct)],
    [
      t('network:conduct.tasks'),
      t('network:conduct.tasksOf', { succeeded: conductCount(succeeded), failed: conductCount(failed) }),
    ],
    [
      t('network:conduct.checks'),
      t('network:conduct.checksOf', { right: conductCount(checkedRight), wrong: conductCount(checkedWrong) }),
    ],
    ...(speedRatio === undefined
      ? []
      : [
          [
            t('network:conduct.speed'),
            t('network:conduct.speedOf', { percent: Math.round(speedRatio * 100) }),
          ] satisfies [string, string],
        ]),
    ...(delayMs === undefined
      ? []
      : [
          [
            t('network:conduct.waiting'),
            t('network:conduct.waitingOf', { duration: duration(delayMs) }),
          ] satisfies [string, string],
        ]),
    [t('network:conduct.last'), <RelativeTime key="last" atMs={lastMs} />],
  ]
}
