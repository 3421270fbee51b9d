import { Button, Tabs } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import type { NodeStatusView } from '../../../protocol/views.ts'
import { type NetworkTab, networkTabs, tabTitle } from '../../app/routes.ts'
import { useNodeStatus } from '../../app/use-node.ts'
import { useReachability } from '../../app/use-reachability.ts'
import { useNavigate, useRoute } from '../../app/use-route.ts'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { Page } from '../../components/Page.tsx'
import { count } from '../../format/numbers.ts'
import { AddComputer } from './AddComputer.tsx'
import { KeptOutTab } from './kept-out/KeptOutTab.tsx'
import { useStanding } from './kept-out/use-rules.ts'
import classes from './NetworkPage.module.css'
import { OffersTab } from './OffersTab.tsx'
import { PeerDrawer } from './peers/PeerDrawer.tsx'
import { PeersTab } from './peers/PeersTab.tsx'
import { Reachability, WrongClock } from './Reachability.tsx'
import { Traffic } from './Traffic.tsx'
import { usePeers } from './use-network.ts'

export function NetworkPage() {
  const status = useNodeStatus()
  const [adding, setAdding] = useState(false)
  return (
    <Page
      title="Network"
      actions={
        <Button leftSection={<IconPlus aria-hidden size={14} />} onClick={() => setAdding(true)}>
          Add a computer
        </Button>
      }
    >
      {status === undefined ? (
        <LoadingRows rows={6} />
      ) : (
        <Network status={status} onAdd={() => setAdding(true)} />
      )}
      <AddComputer opened={adding} onClose={() => setAdding(false)} />
    </Page>
  )
}

interface NetworkProps {
  readonly status: NodeStatusView
  readonly onAdd: () => void
}

function Network({ status, onAdd }: NetworkProps) {
  const { tab: place, peer: openId } = useRoute()
  const tab = networkTabs.find((known) => known === place) ?? 'peers'
  const navigate = useNavigate()
  const reach = useReachability()
  const peers = usePeers()
  const keptOut = useStanding({ log: false }).data?.quarantined.length ?? 0
  const isOnline = status.phase === 'online' || status.phase === 'paused'

  const open = (peer: string) => navigate({ view: 'network', tab, peer })
  const tabs: Readonly<Record<NetworkTab, ReactNode>> = {
    peers: <PeersTab peers={peers} isOnline={isOnline} openId={openId} onOpen={open} onAdd={onAdd} />,
    offers: <OffersTab isOnline={isOnline} />,
    'kept-out': <KeptOutTab openId={openId} onOpen={open} />,
  }
  const counts: Readonly<Record<NetworkTab, number>> = {
    peers: peers.data?.length ?? 0,
    offers: 0,
    'kept-out': keptOut,
  }
  return (
    <>
      {reach.data != null && <WrongClock view={reach.data} />}
      <div className={classes.top}>
        <Reachability status={status} reach={reach} />
        <Traffic />
      </div>
      <Tabs
        value={tab}
        onChange={(next) => {
          const chosen = networkTabs.find((known) => known === next)
          if (chosen !== undefined && chosen !== tab) navigate({ view: 'network', tab: chosen })
        }}
        keepMounted={false}
      >
        <Tabs.List>
          {networkTabs.map((name) => (
            <Tabs.Tab
              key={name}
              value={name}
              rightSection={
                counts[name] > 0 ? <span className={classes.count}>{count(counts[name])}</span> : undefined
              }
            >
              {tabTitle(name)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {networkTabs.map((name) => (
          <Tabs.Panel key={name} value={name} pt="md">
            {tabs[name]}
          </Tabs.Panel>
        ))}
      </Tabs>
      <PeerDrawer
        openId={openId}
        // Of the log of misdeeds there is no next peer: it has the same one many times.
        neighbours={tab === 'peers' ? (peers.data ?? []).map(({ peerId }) => peerId) : []}
        onMove={(peer) => navigate({ view: 'network', tab, peer }, { replace: true })}
        onClose={() => navigate({ view: 'network', tab })}
      />
    </>
  )
}
