import { join } from 'node:path'
import { multiaddr } from '@multiformats/multiaddr'
import { DriadError } from '../../protocol/errors.ts'
import { version } from '../../protocol/version.ts'
import { createWorkflowParser } from '../../protocol/workflow/parse-cache.ts'
import { type DataFolder, openDataFolder } from '../data-folder.ts'
import type { Identity } from '../identity/contract.ts'
import { createEphemeralKey } from '../identity/identity.ts'
import type { IdentityVault } from '../identity/identity-file.ts'
import { loadOrCreateIdentity } from '../identity/load-identity.ts'
import type { ChildLauncher } from '../inference/contract.ts'
import { forkInferenceChild } from '../inference/fork-child.ts'
import type { Ledger } from '../ledger/contract.ts'
import { openLedger } from '../ledger/open-ledger.ts'
import type { Logger } from '../logs/contract.ts'
import { createLogger } from '../logs/create-logger.ts'
import { readCatalogue } from '../models/catalogue/read-catalogue.ts'
import { peerIdOf } from '../network/addresses.ts'
import type { NetworkHost } from '../network/contract.ts'
import { createNetworkHost } from '../network/create-host.ts'
import { readNetworkKey } from '../network/network-key.ts'
import { PeerRecords } from '../network/peer-records.ts'
import { PeerRules } from '../network/peer-rules.ts'
import { builtInCataloguePath, findProgramFolder } from '../program-folder.ts'
import { claimData } from '../recovery/data-owner.ts'
import { recoverForRequester } from '../recovery/recover-database.ts'
import { readRunningNode } from '../running-node.ts'
import type { SettingValues } from '../settings/schema.ts'
import { openSettings } from '../settings/settings.ts'
import type { Store } from '../store/contract.ts'
import { openStore } from '../store/open-store.ts'
import type { VerificationInit } from '../verification/create-verifier.ts'
import { openFileChecker } from '../verification/open-file-checker.ts'
import type { Requester } from './contract.ts'
import { createRequester } from './requester.ts'
import type { RequesterInit } from './requester-parts.ts'

export interface OpenRequesterInit extends RequesterInit {
  /** Where identity, tasks and ledger are kept; the person's own folder for this program where absent. */
  readonly dataDir?: string | undefined
  /** The network's name; that of the data folder's settings where absent. */
  readonly network?: string | undefined
  /** Nodes to start from, as multiaddrs, besides those of the data folder's settings. */
  readonly bootstrap?: readonly string[] | undefined
  /** Where nodes that were not dialled from here can open their streams to. Any free TCP port where absent. */
  readonly listen?: readonly string[] | undefined
  /** Look for nodes on the local network. On where absent. */
  readonly mdns?: boolean | undefined
  /** Ask the DHT for nodes that serve a model. On where absent. */
  readonly dht?: boolean | undefined
  /** File with the key of a private network; that of the data folder's settings where absent. */
  readonly networkKeyFile?: string | undefined
  /** Says nothing where absent. */
  readonly logger?: Logger | undefined
  /** How results are checked; as the data folder's settings say where absent. */
  readonly verify?: VerifyInit | undefined
  /** Opens an identity that the desktop app sealed. */
  readonly vault?: IdentityVault | undefined
}

export interface VerifyInit {
  /** Share of results that are checked: 0 for none, 1 for all. Nodes that are new are checked more often, trusted ones less. */
  readonly share?: number | undefined
  /** GGUF files of this computer to check with: where they are the very weights that a node says it used. */
  readonly models?: readonly string[] | undefined
  /** Have other nodes look at results where none of these models can. They are paid for it. */
  readonly onNodes?: boolean | undefined
  /** How the inference process of these models is started; as the program does it where absent. */
  readonly launchInference?: ChildLauncher | undefined
}

export interface OpenedRequester {
  readonly requester: Requester
  readonly identity: Identity
  readonly network: NetworkHost
  readonly ledger: Ledger
  readonly store: Store
  readonly folder: DataFolder
  /** Withdraws the offers, waits a moment for receipts to arrive, and closes everything. Safe twice. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Reading model files of hundreds of gigabytes for what identifies them. */
const DIGEST_MS = 15 * 60_000
const LISTEN = ['/ip4/0.0.0.0/tcp/0']

/**
 * A process that only asks: the data folder's identity and tasks, and a transport key of its own, so that any number of
 * processes of one folder (also beside its node) can work at once. What the SDK and the CLI are made of.
 *
 * Throws `data_folder_unusable`, `identity_invalid`, `store_corrupt`, `bad_setting`, `port_in_use`; nothing is open then.
 */
export async function openRequester(init: OpenRequesterInit = {}): Promise<OpenedRequester> {
  const cleanUps: (() => unknown)[] = []
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= closeAll(cleanUps)
    return closing
  }
  try {
    const logger = init.logger ?? ownLogger(cleanUps)
    const folder = openDataFolder(init.dataDir)
    const identity = await loadOrCreateIdentity({
      dir: folder.path,
      logger,
      ...(init.vault !== undefined && { vault: init.vault }),
    })
    await recoverForRequester({ folder, publicKey: identity.publicKey, logger: logger.scope('recovery') })
    const store = openStore({ path: folder.databasePath, logger })
    cleanUps.push(() => store.close())
    await claimData(store, identity.peerId)
    const settings = openSettings({ store, logger }).get()
    const ledger = openLedger({
      store,
      anchorPath: folder.ledgerAnchorPath,
      publicKey: identity.publicKey,
      logger,
    })
    cleanUps.push(() => ledger.close())
    // The node of this very folder is the nearest there is.
    const running = readRunningNode(folder.runningNodePath)?.addresses ?? []
    const bootstrap = [...new Set([...(init.bootstrap ?? []), ...settings.bootstrap, ...running])]
    const networkKeyFile = init.networkKeyFile ?? settings.networkKeyFile
    const network = await createNetworkHost({
      privateKey: await createEphemeralKey(),
      networkName: init.network ?? settings.network,
      listen: init.listen ?? LISTEN,
      bootstrap,
      mdns: init.mdns ?? true,
      dht: init.dht ?? true,
      ...(networkKeyFile !== '' && { networkKey: readNetworkKey(networkKeyFile) }),
      agent: `driad/${version}`,
      rules: new PeerRules(settings.allowedPeers, settings.deniedPeers),
      records: new PeerRecords({ store, logger }),
      logger: logger.scope('network'),
    })
    cleanUps.push(() => network.stop())
    await network.start()
    // The node of the folder refreshes it; a process that only asks takes what it finds.
    const programFolder = findProgramFolder()
    const { catalogue } = readCatalogue({
      builtInPath: programFolder === undefined ? undefined : builtInCataloguePath(programFolder),
      keptPath: folder.cataloguePath,
      catalogueKey: settings.catalogueKey,
      logger: logger.scope('catalogue'),
    })
    const verification = await openVerification({ store, logger }, settings, init.verify, cleanUps)
    const requester = createRequester(
      { store, identity, network, ledger, logger },
      { expectedNodes: countPeers(bootstrap), catalogue: () => catalogue, verification, ...init },
    )
    cleanUps.push(() => requester.stop())
    await requester.start()
    return { requester, identity, network, ledger, store, folder, close, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openVerification(
  { store, logger }: { readonly store: Store; readonly logger: Logger },
  settings: SettingValues,
  verify: VerifyInit | undefined,
  cleanUps: (() => unknown)[],
): Promise<VerificationInit | undefined> {
  const rate = verify?.share ?? settings.verifyShare
  const paths = verify?.models ?? settings.verifyModels
  const onNodes = verify?.onNodes ?? settings.verifyOnNodes
  if (rate === 0 || (paths.length === 0 && !onNodes)) return undefined
  if (!(rate > 0 && rate <= 1))
    throw new DriadError('bad_setting', 'The share of results that are checked is a number from 0 to 1')
  if (paths.length === 0) return { rate, onNodes }
  const { checker, close } = await openFileChecker(
    {
      store,
      launch: verify?.launchInference ?? programLauncher(logger),
      parseWorkflow: createWorkflowParser(),
      logger: logger.scope('verification'),
    },
    { paths },
    { signal: AbortSignal.timeout(DIGEST_MS) },
  )
  cleanUps.push(close)
  return { rate, onNodes, own: checker }
}

function programLauncher(logger: Logger): ChildLauncher {
  const folder = findProgramFolder()
  if (folder === undefined)
    throw new DriadError('bad_setting', 'Models to check results with need the whole program beside this one')
  return forkInferenceChild({ entry: join(folder, 'out', 'main', 'inference-child.js'), logger })
}

/** Several addresses may lead to one peer; one that names none counts for itself. */
function countPeers(addresses: readonly string[]): number {
  return new Set(addresses.map((address) => peerIdOf(multiaddr(address)) ?? address)).size
}

/** In the reverse order of opening; one that fails does not keep the others open. */
async function closeAll(cleanUps: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = []
  for (const cleanUp of cleanUps.toReversed()) {
    try {
      await cleanUp()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

function ownLogger(cleanUps: (() => unknown)[]): Logger {
  const logs = createLogger({ level: 'error', historyLines: 100 })
  cleanUps.push(() => logs.close())
  return logs.logger
}
