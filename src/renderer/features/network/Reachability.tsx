import { IconArrowRight } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { ReachabilityView } from '../../../protocol/network-views.ts'
import type { NodeStatusView } from '../../../protocol/views.ts'
import type { Read } from '../../app/use-reachability.ts'
import { CopyButton } from '../../components/CopyButton.tsx'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState, FailureNote } from '../../components/ErrorState.tsx'
import { Identifier } from '../../components/Identifier.tsx'
import { Panel } from '../../components/Panel.tsx'
import { ToneIcon } from '../../components/StateBadge.tsx'
import { count, plural } from '../../format/numbers.ts'
import { reachWords } from '../../format/reachability.ts'
import { clockWords, natWords } from './network-words.ts'
import classes from './Reachability.module.css'

export interface ReachabilityProps {
  readonly status: NodeStatusView
  /** Null while it is off the network. */
  readonly reach: Read<ReachabilityView | null>
}

/** Whether others reach this computer, what that means for earning, and what to do about it. */
export function Reachability({ status, reach: { data, error, retry } }: ReachabilityProps) {
  return (
    <Panel title="Reachable">
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={retry} />
      ) : data === undefined ? (
        <LoadingRows rows={4} />
      ) : data === null ? (
        <div>
          <p className={classes.level}>Not now</p>
          <p className={classes.dim}>
            {status.phase === 'joining'
              ? 'This computer is joining the network.'
              : 'While you are offline nobody can call this computer. Join to be found.'}
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
  const advice = view.clock?.wrong === true ? view.advice.slice(1) : view.advice
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
        <ul className={classes.advice} aria-label="What you can do">
          {advice.map((each) => (
            <li key={each}>
              <IconArrowRight aria-hidden size={14} />
              {each}
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
      'Connections',
      inAll === 0 ? 'None' : `${count(connections.direct)} direct, ${count(connections.relayed)} over relays`,
    ],
    ['Clock', clockWords(clock)],
  ]
  if (relays.length > 0)
    list.push([
      relays.length === 1 ? 'Relay' : 'Relays',
      relays.map((relay) => <Identifier key={relay} value={relay} label="relay's peer id" />),
    ])
  // In a local network nobody looks at it.
  if (nat !== 'unknown') list.push(['Router', natWords[nat]])
  if (serving !== undefined)
    list.push([
      'Relay for others',
      serving.reservations === 0
        ? 'used by nobody now'
        : `used by ${plural(serving.reservations, 'computer')}`,
    ])
  if (networkKey !== undefined)
    list.push([
      'Private network',
      <span key="key" title="First digits of the key's hash. All nodes of the network show the same.">
        key <Identifier value={networkKey} label="key's fingerprint" />
      </span>,
    ])
  return list
}

function Addresses({ addresses }: { readonly addresses: readonly string[] }) {
  return (
    <details className={classes.addresses}>
      <summary>{plural(addresses.length, 'address', 'addresses')} to give to others</summary>
      <ul>
        {addresses.map((address) => (
          <li key={address}>
            <code>{address}</code>
            <CopyButton text={address} label="Copy address" />
          </li>
        ))}
      </ul>
    </details>
  )
}

/** A clock that is off makes others deaf to this node without a word; so it is said above everything else. */
export function WrongClock({ view }: { readonly view: ReachabilityView }) {
  if (view.clock?.wrong !== true) return null
  return (
    <FailureNote
      title={`The clock of this computer is ${clockWords(view.clock)}`}
      failure={{
        message:
          'Offers and claims carry times. Others take yours for old ones, or for ones from the future, and ignore them: while the clock is wrong, few tasks come in and little is earned. Turn on automatic time in the settings of your system.',
      }}
    />
  )
}
