import { IconDeviceDesktop } from '@tabler/icons-react'
import { type CSSProperties, type KeyboardEvent, useMemo, useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import type { NetworkPeerView } from '../../../../protocol/network-views.ts'
import { nearestNode } from '../../../components/nearest-node.ts'
import { shortIdentifier } from '../../../format/identifiers.ts'
import classes from './PeerMap.module.css'
import { PeerShape } from './PeerShape.tsx'
import { markOf, type PeerMark, peerMarks, peerSentence, ringWords } from './peer-mark.ts'
import {
  DRAWN_PEERS,
  MAP_SIZE,
  type PeerAt,
  type PlacedPeer,
  placePeers,
  type Ring,
  stepOf,
} from './place-peers.ts'

export interface PeerMapProps {
  /** The longest connected first. */
  readonly peers: readonly NetworkPeerView[]
  /** Those that a filter leaves; the others are drawn pale. */
  readonly isShown: (peer: NetworkPeerView) => boolean
  readonly openId: string | undefined
  readonly onOpen: (peerId: string) => void
}

/**
 * This computer in the middle, and peers around it: the further away, the longer a ping takes. Tab leads to one of them,
 * arrow keys to its neighbours, Enter opens it. The table beside it says the same.
 */
export function PeerMap({ peers, isShown, openId, onOpen }: PeerMapProps) {
  const map = usePlaces(peers)
  const byId = new Map(peers.map((peer) => [peer.peerId, peer]))
  const places = new Map(map.peers.map((place) => [place.id, place]))
  const [focusedId, setFocusedId] = useState<string>()
  const [pointedId, setPointedId] = useState<string>()
  const focusId = places.has(focusedId ?? '') ? focusedId : map.peers[0]?.id
  const told = byId.get(pointedId ?? '') ?? byId.get(openId ?? '')

  const onKeyDown = (event: KeyboardEvent) => {
    const next = focusId === undefined ? undefined : nearestNode(map.peers, focusId, event.key)
    if (next === undefined) return
    event.preventDefault()
    event.currentTarget.querySelector<HTMLElement>(`[data-peer="${next.id}"]`)?.focus()
  }

  return (
    <div className={classes.frame}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would be for a form */}
      <div role="group" aria-label={t('network:map.title')} className={classes.stage} onKeyDown={onKeyDown}>
        <Lines peers={peers} places={places} rings={map.rings} isShown={isShown} />
        <span className={classes.middle} title={t('network:map.here')}>
          <IconDeviceDesktop aria-hidden size={15} />
        </span>
        {map.peers.map((place) => {
          const peer = byId.get(place.id)
          if (peer === undefined) return null
          const mark = markOf(peer)
          return (
            <button
              key={place.id}
              type="button"
              data-peer={place.id}
              data-mark={mark}
              data-pale={!isShown(peer) || undefined}
              data-open={place.id === openId || undefined}
              className={classes.peer}
              style={boxOf(place)}
              tabIndex={place.id === focusId ? 0 : -1}
              aria-label={peerSentence(peer)}
              onClick={() => onOpen(place.id)}
              onFocus={() => {
                setFocusedId(place.id)
                setPointedId(place.id)
              }}
              onBlur={() => setPointedId(undefined)}
              onMouseEnter={() => setPointedId(place.id)}
              onMouseLeave={() => setPointedId(undefined)}
            >
              <PeerShape mark={mark} />
              {map.isNamed && <span className={classes.name}>{shortIdentifier(place.id, 0, 6)}</span>}
            </button>
          )
        })}
      </div>
      <p className={classes.told}>
        {told !== undefined ? (
          peerSentence(told)
        ) : (
          <Legend marks={new Set(peers.map(markOf))} undrawn={peers.length - map.peers.length} />
        )}
      </p>
    </div>
  )
}

/** Placed anew only when somebody comes, goes, or is much nearer or further than before. */
function usePlaces(peers: readonly NetworkPeerView[]) {
  const steps = peers.slice(0, DRAWN_PEERS).map(
    ({ peerId, roundTripMs, relay }): PeerAt => ({
      peerId,
      ...(roundTripMs !== undefined && { step: stepOf(roundTripMs) }),
      ...(relay !== undefined && { relay }),
    }),
  )
  const key = JSON.stringify(steps)
  return useMemo(() => placePeers(JSON.parse(key) as readonly PeerAt[]), [key])
}

function boxOf({ x, y, radius }: PlacedPeer): CSSProperties {
  const percent = (length: number) => `${(length / MAP_SIZE) * 100}%`
  return { left: percent(x - radius), top: percent(y - radius), width: percent(2 * radius) }
}

/** Of so many the lines would hide what they join. */
const MANY = 60

interface LinesProps {
  readonly peers: readonly NetworkPeerView[]
  readonly places: ReadonlyMap<string, PlacedPeer>
  readonly rings: readonly Ring[]
  readonly isShown: (peer: NetworkPeerView) => boolean
}

/** Rings of equal round trips, and who is connected to whom: a relayed peer hangs on the relay that carries it. */
function Lines({ peers, places, rings, isShown }: LinesProps) {
  const middle = MAP_SIZE / 2
  return (
    <svg
      aria-hidden
      className={classes.lines}
      data-many={places.size > MANY || undefined}
      viewBox={`0 0 ${MAP_SIZE} ${MAP_SIZE}`}
    >
      {rings.map(({ radius, roundTripMs }) => (
        <g key={radius}>
          <circle className={classes.ring} cx={middle} cy={middle} r={radius} />
          <text className={classes.ringLabel} x={middle} y={middle - radius - 3}>
            {ringWords(roundTripMs)}
          </text>
        </g>
      ))}
      {peers.map((peer) => {
        const to = places.get(peer.peerId)
        if (to === undefined) return null
        const from = places.get(peer.relay ?? '') ?? { x: middle, y: middle }
        return (
          <line
            key={peer.peerId}
            className={classes.line}
            data-way={peer.way}
            data-pale={!isShown(peer) || undefined}
            strokeWidth={lineWidth(peer)}
            x1={from.x}
            y1={from.y}
            x2={to.x}
            y2={to.y}
          />
        )
      })}
    </svg>
  )
}

/** 1 where hardly anything goes, 4 at a megabyte a second. */
function lineWidth({ receivedPerSecond, sentPerSecond }: NetworkPeerView): number {
  const decades = Math.log10(Math.max(1, (receivedPerSecond + sentPerSecond) / 1_000))
  return 1 + Math.min(3, decades)
}

function Legend({ marks, undrawn }: { readonly marks: ReadonlySet<PeerMark>; readonly undrawn: number }) {
  return (
    <span className={classes.legend}>
      {peerMarks
        .filter((mark) => marks.has(mark))
        .map((mark) => (
          <span key={mark}>
            <PeerShape mark={mark} size={11} />
            {t(`network:map.mark.${mark}`)}
          </span>
        ))}
      {undrawn > 0 && <span>{t('network:map.undrawn', { count: undrawn })}</span>}
    </span>
  )
}
