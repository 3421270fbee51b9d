import { Button, TextInput } from '@mantine/core'
import { IconTopologyStar3 } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { NodeStatusView, PeerView, SettingsView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { readFailure } from '../../api/failure.ts'
import { notifyDone } from '../../app/notify.tsx'
import { useNodeStatus } from '../../app/use-node.ts'
import { CopyButton } from '../../components/CopyButton.tsx'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { EmptyState, LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Identifier } from '../../components/Identifier.tsx'
import { Page } from '../../components/Page.tsx'
import { Panel } from '../../components/Panel.tsx'
import { RelativeTime } from '../../components/RelativeTime.tsx'
import { Nothing } from '../../components/TokenCount.tsx'
import { plural } from '../../format/numbers.ts'
import { reachOf, reachWords } from '../../format/reachability.ts'
import classes from './NetworkPage.module.css'

const REFRESH_MS = 5_000

export function NetworkPage() {
  const status = useNodeStatus()
  return (
    <Page title="Network">
      {status === undefined ? (
        <LoadingRows rows={6} />
      ) : (
        <>
          <div className={classes.top}>
            <Reachability status={status} />
            <AddPeer />
          </div>
          <Peers status={status} />
        </>
      )}
    </Page>
  )
}

function Reachability({ status }: { readonly status: NodeStatusView }) {
  const isIn = status.phase === 'online' || status.phase === 'paused'
  const reach = reachWords[isIn ? reachOf(status.addresses) : 'nowhere']
  const withId = status.addresses.map((address) =>
    address.includes('/p2p/') ? address : `${address}/p2p/${status.peerId}`,
  )
  return (
    <Panel title="Reachable">
      <div>
        <p className={classes.reach}>{isIn ? reach.title : 'Not now'}</p>
        <p className={classes.dim}>
          {isIn ? reach.meaning : 'While you are offline nobody can call this computer.'}
        </p>
      </div>
      {isIn && withId.length > 0 && (
        <details className={classes.addresses}>
          <summary>{plural(withId.length, 'address', 'addresses')} to give to others</summary>
          <ul>
            {withId.map((address) => (
              <li key={address}>
                <code>{address}</code>
                <CopyButton text={address} label="Copy address" />
              </li>
            ))}
          </ul>
        </details>
      )}
    </Panel>
  )
}

/** Adds the address of a computer to connect to first. */
function AddPeer() {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const [address, setAddress] = useState('')
  const settings: SettingsView | undefined = useQuery(trpc.settings.get.queryOptions()).data
  const set = useMutation(
    trpc.settings.set.mutationOptions({
      onSuccess: (changed) => {
        cache.setQueryData(trpc.settings.get.queryKey(), changed)
        notifyDone('Bootstrap address added', 'It is called first the next time you join.')
        setAddress('')
      },
    }),
  )
  return (
    <Panel title="Find others">
      <p className={classes.dim}>
        Computers in the same local network find each other by themselves. For one further away, paste an
        address that its operator copied from this view.
      </p>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault()
          set.mutate({ bootstrap: [...(settings?.bootstrap ?? []), address.trim()] })
        }}
      >
        <TextInput
          aria-label="Bootstrap address"
          placeholder="/dns4/node.example/tcp/4001/p2p/12D3…"
          className={classes.address}
          value={address}
          error={set.error === null ? undefined : addressProblem(set.error)}
          onChange={(event) => setAddress(event.currentTarget.value)}
        />
        <Button
          type="submit"
          loading={set.isPending}
          disabled={address.trim() === '' || settings === undefined}
        >
          Add
        </Button>
      </form>
    </Panel>
  )
}

function addressProblem(error: unknown): string {
  const { message, issues } = readFailure(error)
  return issues[0] === undefined ? message : `Expected ${issues[0].expected}`
}

const columns: readonly Column<PeerView>[] = [
  {
    id: 'peer',
    header: 'Peer',
    width: '150px',
    sortValue: (peer) => peer.peerId,
    cell: (peer) => <Identifier value={peer.peerId} label="peer id" />,
  },
  {
    id: 'address',
    header: 'Address',
    width: 'minmax(180px, 2fr)',
    sortValue: (peer) => peer.address,
    // The peer's id is a column of its own.
    cell: (peer) => <code title={peer.address}>{peer.address.replace(/\/p2p\/[^/]+$/, '')}</code>,
  },
  {
    id: 'direction',
    header: 'Who called',
    width: '110px',
    sortValue: (peer) => peer.direction,
    cell: (peer) => (peer.direction === 'inbound' ? 'It called' : 'You called'),
  },
  {
    id: 'agent',
    header: 'Program',
    width: 'minmax(100px, 1fr)',
    fromWidth: 700,
    sortValue: (peer) => peer.agent ?? '',
    cell: (peer) => peer.agent ?? <Nothing />,
  },
  {
    id: 'since',
    header: 'Connected',
    width: '110px',
    align: 'end',
    sortValue: (peer) => -peer.connectedAtMs,
    cell: (peer) => <RelativeTime atMs={peer.connectedAtMs} />,
  },
]

function Peers({ status }: { readonly status: NodeStatusView }) {
  const [search, setSearch] = useState('')
  const { data, error, refetch } = useQuery({
    ...useTRPC().node.peers.queryOptions(),
    refetchInterval: REFRESH_MS,
  })
  const peers: readonly PeerView[] | undefined = data
  const shown = useMemo(() => {
    const wanted = search.trim().toLowerCase()
    return (peers ?? []).filter((peer) =>
      `${peer.peerId} ${peer.address} ${peer.agent ?? ''}`.toLowerCase().includes(wanted),
    )
  }, [peers, search])
  return (
    <Panel
      title={peers === undefined ? 'Peers' : plural(peers.length, 'peer')}
      flush
      grow
      aside={
        <TextInput
          aria-label="Search peers"
          placeholder="Id, address or program"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          w={220}
        />
      }
    >
      {error !== null && peers === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : peers === undefined ? (
        <LoadingRows />
      ) : (
        <DataTable
          label="Peers"
          rows={shown}
          columns={columns}
          rowId={(peer) => `${peer.peerId} ${peer.address}`}
          rowHeight={36}
          empty={
            <EmptyState
              icon={IconTopologyStar3}
              title={peers.length > 0 ? 'No peer is like that' : 'No peers'}
            >
              {peers.length > 0
                ? 'Search for part of its id, address or program.'
                : status.phase === 'online' || status.phase === 'paused'
                  ? 'No other computer of this network was found yet. It is looked for all the time.'
                  : 'Join the network to find other computers.'}
            </EmptyState>
          }
        />
      )}
    </Panel>
  )
}
