import type { Command } from 'commander'
import { type DataFolder, existingDataFolder, openDataFolder } from '../../node/data-folder.ts'
import { PeerRecords } from '../../node/network/peer-records.ts'
import { peerStanding, setPeerRule } from '../../node/network/peer-standing.ts'
import { openSettings } from '../../node/settings/settings.ts'
import { openStore } from '../../node/store/open-store.ts'
import type { PeerStandingView, PeerVerdict } from '../../protocol/peer-views.ts'
import { dataDirOption } from '../options.ts'
import type { CommandContext } from '../program.ts'

interface PeerFlags {
  readonly dataDir?: string
  readonly json?: boolean
}

/** Lines of the log of misdeeds that people are shown; `--json` has all that are kept. */
const SHOWN_MISDEEDS = 20
const KEPT_MISDEEDS = 1_000

const verdicts: Readonly<Record<string, { verdict: PeerVerdict; description: string }>> = {
  allow: { verdict: 'allowed', description: 'always let this peer in, and never limit it or keep it out' },
  deny: { verdict: 'denied', description: 'never talk to this peer; open connections are closed' },
  forget: { verdict: 'neither', description: 'have no rule for this peer any more' },
}

/** `driad network list|allow|deny|forget`. A running node takes a change over within a second. */
export function addNetworkPeersCommands(network: Command, context: CommandContext): void {
  network
    .command('list')
    .description(
      'list whom you allowed and denied, who is kept out for misbehaving, and what peers did wrong',
    )
    .addOption(dataDirOption())
    .action(async (flags: PeerFlags) => {
      const view = await withPeers(existingDataFolder(flags.dataDir), async (settings, records) =>
        peerStanding(settings, records, KEPT_MISDEEDS),
      )
      context.output(flags).result(view, standingText(view))
    })
  for (const [name, { verdict, description }] of Object.entries(verdicts)) {
    network
      .command(name)
      .description(description)
      .argument('<peer>', 'a peer id, an IP address, or a network such as 192.0.2.0/24')
      .addOption(dataDirOption())
      .action(async (subject: string, flags: PeerFlags) => {
        const { before, view } = await withPeers(folderFor(verdict, flags), async (settings, records) => ({
          before: await setPeerRule(settings, subject, verdict),
          view: peerStanding(settings, records, 0),
        }))
        const said = ruleText(subject, verdict, before)
        context.output(flags).result({ allowed: view.allowed, denied: view.denied }, said)
      })
  }
}

/** A rule may be made before the node starts for the first time. There is none to forget then. */
function folderFor(verdict: PeerVerdict, { dataDir }: PeerFlags): DataFolder {
  return verdict === 'neither' ? existingDataFolder(dataDir) : openDataFolder(dataDir)
}

async function withPeers<T>(
  { databasePath }: DataFolder,
  work: (settings: ReturnType<typeof openSettings>, records: PeerRecords) => Promise<T>,
): Promise<T> {
  const store = openStore({ path: databasePath })
  try {
    return await work(openSettings({ store }), new PeerRecords({ store }))
  } finally {
    await store.close()
  }
}

function ruleText(subject: string, verdict: PeerVerdict, before: PeerVerdict): string {
  if (verdict !== 'neither') return `${subject} is ${verdict}`
  return before === 'neither'
    ? `There was no rule for ${subject}`
    : `${subject} is no longer ${before}: there is no rule for it any more`
}

function standingText({ allowed, denied, quarantined, misdeeds }: PeerStandingView): string {
  const lines = [
    ...allowed.map((subject) => `allowed      ${subject}`),
    ...denied.map((subject) => `denied       ${subject}`),
    ...quarantined.map(
      ({ peerId, untilMs, times, misdeed }) =>
        `kept out     ${peerId} until ${timeText(untilMs)} for ${misdeed}${times > 1 ? ` (time ${times})` : ''}`,
    ),
    ...misdeeds
      .slice(0, SHOWN_MISDEEDS)
      .map(
        ({ atMs, peerId, misdeed, detail, times }) =>
          `${timeText(atMs)} ${peerId} ${misdeed}${times > 1 ? ` (${times} times)` : ''}: ${detail}`,
      ),
  ]
  return lines.length === 0 ? 'No rules, and nobody has misbehaved' : lines.join('\n')
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}
