import { existsSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { openDataFolder } from '../../node/data-folder.ts'
import { peerConduct } from '../../node/reputation/peer-conduct.ts'
import { readPeerRecords } from '../../node/reputation/reputation-store.ts'
import { openStore } from '../../node/store/open-store.ts'
import type { PeerConductView } from '../../protocol/network-views.ts'
import { dataDirOption, integer } from '../options.ts'
import type { CommandContext } from '../program.ts'

interface PeersFlags {
  readonly dataDir?: string
  readonly limit: number
  readonly json?: boolean
}

/** What the command prints of one node. */
interface PeerJson extends PeerConductView {
  readonly node: string
}

export function addPeersCommand(program: Command, context: CommandContext): void {
  program
    .command('peers')
    .description('list the nodes that executed tasks of yours, and how they did')
    .addOption(dataDirOption())
    .addOption(
      new Option('--limit <n>', 'the latest so many').argParser(integer({ min: 1, max: 10_000 })).default(50),
    )
    .action(async (flags: PeersFlags) => {
      const peers = await readPeers(flags)
      context.output(flags).result({ peers }, peersText(peers))
    })
}

/** Beside whoever writes the folder; none where nothing was ever published from it. */
async function readPeers({ dataDir, limit }: PeersFlags): Promise<readonly PeerJson[]> {
  const folder = openDataFolder(dataDir)
  if (!existsSync(folder.databasePath)) return []
  const store = openStore({ path: folder.databasePath, readOnly: true })
  try {
    const nowMs = Date.now()
    return readPeerRecords(store, limit).map((record) => ({
      node: record.node,
      ...peerConduct(record, nowMs),
    }))
  } finally {
    await store.close()
  }
}

function peersText(peers: readonly PeerJson[]): string {
  if (peers.length === 0) return 'No node has executed a task of yours yet'
  return peers
    .map((peer) => {
      const parts = [
        `${peer.score.toFixed(2)}${peer.trusted ? ' trusted' : ''}`,
        `${peer.succeeded.toFixed(1)} done, ${peer.failed.toFixed(1)} failed`,
        `checked: ${peer.checkedRight.toFixed(1)} right, ${peer.checkedWrong.toFixed(1)} wrong`,
      ]
      if (peer.speedRatio !== undefined)
        parts.push(`${Math.round(peer.speedRatio * 100)} % of the claimed speed`)
      if (peer.delayMs !== undefined) parts.push(`${peer.delayMs} ms besides`)
      return `${peer.node}  ${parts.join(' · ')}`
    })
    .join('\n')
}
