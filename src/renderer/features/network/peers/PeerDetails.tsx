import { lazy, type ReactNode, Suspense } from 'react'
import type {
  ConnectedPeerView,
  PeerConductView,
  PeerDetailView,
} from '../../../../protocol/network-views.ts'
import { QUARANTINE_POINTS } from '../../../../protocol/network-views.ts'
import { CopyButton } from '../../../components/CopyButton.tsx'
import { Identifier } from '../../../components/Identifier.tsx'
import { Facts } from '../../../components/Panel.tsx'
import { RelativeTime } from '../../../components/RelativeTime.tsx'
import { ToneBadge } from '../../../components/StateBadge.tsx'
import { bytes, count, plural } from '../../../format/numbers.ts'
import { duration } from '../../../format/time.ts'
import { Misdeeds } from '../kept-out/Misdeeds.tsx'
import { quarantineWords } from '../kept-out/misdeed-words.ts'
import { roundTripWords } from '../map/peer-mark.ts'
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
          <Identifier value={peer.peerId} label="peer id" whole />
        </h2>
        {quarantine !== undefined && <p className={classes.said}>{quarantineWords(quarantine)}</p>}
      </div>
      <Part title="What you let it do">
        <PeerRule peerId={peer.peerId} rule={peer.rule} effective={connected?.verdict} />
      </Part>
      {connected !== undefined && (
        <Part title="Connection">
          <Facts facts={connectionFacts(connected)} />
        </Part>
      )}
      {traffic !== undefined && (
        <Part
          title="Traffic"
          aside={<Rates received={traffic.receivedPerSecond} sent={traffic.sentPerSecond} />}
        >
          <div className={classes.chart}>
            <Suspense>
              <TrafficChart traffic={traffic} />
            </Suspense>
          </div>
          <p className={classes.none}>
            {bytes(traffic.receivedBytes)} in and {bytes(traffic.sentBytes)} out since you joined
          </p>
        </Part>
      )}
      <Part title="Tasks it did for you">
        {conduct === undefined ? (
          <p className={classes.none}>None yet, so nothing is known of how well it does them.</p>
        ) : (
          <Facts facts={conductFacts(conduct)} />
        )}
      </Part>
      <Part title="Misbehaviour">
        {connected !== undefined && connected.misdeedPoints >= 0.5 && (
          <p className={classes.said}>
            {plural(Math.round(connected.misdeedPoints), 'point')} now. At {QUARANTINE_POINTS} it is kept out
            for a while; they halve every five minutes.
          </p>
        )}
        {misdeeds.length === 0 ? (
          <p className={classes.none}>None is known.</p>
        ) : (
          <Misdeeds misdeeds={misdeeds} />
        )}
      </Part>
    </div>
  )
}

function State({ peer: { connected, quarantine, rule } }: { readonly peer: PeerDetailView }) {
  if (rule === 'denied') return <ToneBadge tone="attention">Blocked</ToneBadge>
  if (quarantine !== undefined) return <ToneBadge tone="attention">Kept out for a while</ToneBadge>
  if (connected === undefined) return <ToneBadge tone="neutral">Not connected</ToneBadge>
  return connected.way === 'direct' ? (
    <ToneBadge tone="earned">Connected directly</ToneBadge>
  ) : (
    <ToneBadge tone="waiting">Connected over a relay</ToneBadge>
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
    ['Round trip', peer.roundTripMs === undefined ? 'Not measured yet' : roundTripWords(peer.roundTripMs)],
    [
      'Connected',
      <span key="since">
        <RelativeTime atMs={peer.connectedAtMs} />,{' '}
        {peer.direction === 'inbound' ? 'it called' : 'you called'}
        {peer.connections > 1 && `, ${count(peer.connections)} connections`}
      </span>,
    ],
    ['Program', peer.agent === '' ? 'It does not say' : peer.agent],
    ['Address', <Addresses key="address" addresses={[peer.address]} of={peer.peerId} />],
  ]
  if (peer.relay !== undefined)
    list.push(['Relay', <Identifier key="relay" value={peer.relay} label="relay's peer id" whole />])
  if (peer.help === 'carries-us') list.push(['Helps you', 'It is your relay: others reach you over it'])
  if (peer.help === 'carried') list.push(['You help it', 'Others reach it over this computer'])
  if (peer.listens.length > 0)
    list.push(['Listens on', <Addresses key="listens" addresses={peer.listens} of={peer.peerId} />])
  list.push(
    ['Streams', streamWords(peer.streams)],
    ['Serves', peer.models.length === 0 ? 'No model, so far as it told' : peer.models.join(', ')],
  )
  return list
}

function streamWords(streams: ConnectedPeerView['streams']): string {
  if (streams.length === 0) return 'None open'
  return streams.map(({ protocol, open }) => `${count(open)} ${protocolWord(protocol)}`).join(', ')
}

/** They are copied whole, and shown without the id that stands above. */
function Addresses({ addresses, of }: { readonly addresses: readonly string[]; readonly of: string }) {
  return (
    <ul className={classes.addresses}>
      {addresses.map((address) => (
        <li key={address}>
          <code title={address}>{address.replace(`/p2p/${of}`, '')}</code>
          <CopyButton text={address} label="Copy address" />
        </li>
      ))}
    </ul>
  )
}

function conductFacts(conduct: PeerConductView): [string, ReactNode][] {
  const { succeeded, failed, checkedRight, checkedWrong, speedRatio, delayMs, lastMs } = conduct
  return [
    ['Reputation', reputationWords(conduct)],
    ['Tasks', `${conductCount(succeeded)} done, ${conductCount(failed)} failed`],
    ['Checks', `${conductCount(checkedRight)} found right, ${conductCount(checkedWrong)} found wrong`],
    ...(speedRatio === undefined
      ? []
      : [['Speed', `${Math.round(speedRatio * 100)} % of what it claims`] satisfies [string, string]]),
    ...(delayMs === undefined
      ? []
      : [['Waiting', `${duration(delayMs)} besides computing`] satisfies [string, string]]),
    ['Last heard', <RelativeTime key="last" atMs={lastMs} />],
  ]
}
