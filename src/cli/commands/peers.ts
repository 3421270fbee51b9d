import { existsSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { openDataFolder } from '../../node/data-folder.ts'
import {
  fadedRecord,
  meanDelayMs,
  type PeerRecord,
  speedRatioOf,
  standingOf,
} from '../../node/reputation/peer-record.ts'
import { readPeerRecords } from '../../node/reputation/reputation-store.ts'
import { openStore } from '../../node/store/open-store.ts'
import { dataDirOption, integer } from '../options.ts'
import type { CommandContext } from '../program.ts'

interface PeersFlags {
  readonly dataDir?: string
  readonly limit: number
  readonly json?: boolean
}

/** What the command prints of one node; counts have faded, so they are no whole numbers. */
interface PeerJson {
  readonly node: string
  /** 0 to 1. */
  readonly score: number
  readonly trusted: boolean
  readonly succeeded: number
  readonly failed: number
  readonly checkedRight: number
  readonly checkedWrong: number
  /** Seen over claimed. */
  readonly speedRatio?: number
  readonly delayMs?: number
  readonly lastMs: number
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
    return readPeerRecords(store, limit).map((record) => peerJson(record, nowMs))
  } finally {
    await store.close()
  }
}

function peerJson(record: PeerRecord, nowMs: number): PeerJson {
  const faded = fadedRecord(record, nowMs)
  const { score, trusted } = standingOf(faded)
  const speedRatio = speedRatioOf(faded)
  const delayMs = meanDelayMs(faded)
  return {
    node: record.node,
    score: rounded(score),
    trusted,
    succeeded: rounded(faded.succeeded),
    failed: rounded(faded.failed),
    checkedRight: rounded(faded.agreed),
    checkedWrong: rounded(faded.refuted),
    ...(speedRatio !== undefined && { speedRatio: rounded(speedRatio) }),
    ...(delayMs !== undefined && { delayMs: Math.round(delayMs) }),
    lastMs: record.atMs,
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

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
