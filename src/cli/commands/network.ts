import { resolve } from 'node:path'
import { Argument, type Command } from 'commander'
import { adviceWords } from '../../locales/words/advice-words.ts'
import { type DataFolder, existingDataFolder } from '../../node/data-folder.ts'
import { createNetworkKey } from '../../node/network/network-key.ts'
import { readReachability } from '../../node/running-node.ts'
import { openSettings } from '../../node/settings/settings.ts'
import { isFolderHeld } from '../../node/store/folder-lock.ts'
import { openStore } from '../../node/store/open-store.ts'
import { DriadError } from '../../protocol/errors.ts'
import type { OperatorWish } from '../../protocol/guest/pause-views.ts'
import type { ClockView, ReachabilityView } from '../../protocol/network-views.ts'
import { dataDirOption } from '../options.ts'
import type { CommandContext } from '../program.ts'
import { wishText } from '../wish-text.ts'
import { addNetworkPeersCommands } from './network-peers.ts'

export function addNetworkCommands(program: Command, context: CommandContext): void {
  const network = program
    .command('network')
    .description('how this node is reached, who is let in and kept out, and keys of private networks')
  addNetworkPeersCommands(network, context)
  network
    .command('status')
    .description('tell from where the running node can be reached, and what to do where it cannot')
    .addOption(dataDirOption())
    .action((flags: { dataDir?: string; json?: boolean }) => {
      const folder = existingDataFolder(flags.dataDir)
      const view = isFolderHeld(folder.nodeLockPath) ? readReachability(folder.reachabilityPath) : undefined
      if (view === undefined) {
        throw new DriadError(
          'network_unreachable',
          `No node of ${folder.path} is on the network. Start it with: driad start`,
        )
      }
      const operatorWish = wishOf(folder)
      const wished = wishText(operatorWish, Date.now())
      context
        .output(flags)
        .result(
          { ...view, operatorWish },
          `${statusText(view)}${wished === undefined ? '' : `\noperator: ${wished}`}`,
        )
    })
  network
    .command('key')
    .description('make the key of a private network; copy the file to every node of it')
    .addArgument(new Argument('<file>', 'where to write it'))
    .action((file: string, flags: { json?: boolean }) => {
      const path = resolve(file)
      const { fingerprint } = createNetworkKey(path)
      context
        .output(flags)
        .result(
          { path, fingerprint },
          `${path}\nKey ${fingerprint}. Who has this file can join; start nodes with: driad start --network-key ${path}`,
        )
    })
}

/** What `driad pause` or the window asked of the running node. */
function wishOf({ databasePath }: DataFolder): OperatorWish {
  const store = openStore({ path: databasePath, readOnly: true })
  try {
    return openSettings({ store }).get().operatorWish
  } finally {
    void store.close()
  }
}

function statusText(view: ReachabilityView): string {
  const { connections, relays, serving, networkKey, clock } = view
  return [
    view.summary,
    ...view.advice.map((advice) => `  ${adviceWords(advice)}`),
    `connections: ${connections.direct} direct, ${connections.relayed} over relays; ${connections.inbound} came in, ${connections.outbound} went out`,
    `router: ${natWords[view.nat]}`,
    ...relays.map((relay) => `relay: ${relay}`),
    ...(serving === undefined ? [] : [`serves as a relay for ${serving.reservations} nodes`]),
    ...(networkKey === undefined ? [] : [`private network, key ${networkKey}`]),
    ...(clock === undefined ? [] : [`clock: ${clockText(clock)}`]),
    // Where nobody is connected, nobody has confirmed an address.
    ...(view.addresses.length === 0 ? [] : [view.level === 'offline' ? 'listens at:' : 'reached at:']),
    ...view.addresses.map((address) => `  ${address}`),
  ].join('\n')
}

function clockText({ aheadMs, peers }: ClockView): string {
  const others = peers === 1 ? 'one peer' : `${peers} peers`
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1)
  if (seconds === '0.0') return `the same as of ${others}`
  return `${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ${others}`
}

const natWords: Record<ReachabilityView['nat'], string> = {
  none: 'none in between',
  'one-port': 'shows all peers the same port, which lets direct connections through',
  'port-per-peer': 'shows each peer another port, which keeps direct connections out',
  unknown: 'not known yet',
}
