import type { Identity } from '../../src/node/identity/contract.ts'
import { createEphemeralIdentity } from '../../src/node/identity/identity.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import { LetterStore } from '../../src/node/mailbox/letter-store.ts'
import { type MailLimits, mailLimits } from '../../src/node/mailbox/limits.ts'
import { MailService } from '../../src/node/mailbox/mail-service.ts'
import type { NetworkHost } from '../../src/node/network/contract.ts'
import { createNetworkHost } from '../../src/node/network/create-host.ts'
import type { Store } from '../../src/node/store/contract.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { tempFolder } from './temp-folder.ts'

export interface MailboxNode extends AsyncDisposable {
  readonly identity: Identity
  readonly network: NetworkHost
  readonly letters: LetterStore
  readonly store: Store
  readonly service: MailService
}

export interface MailboxNodeInit {
  readonly networkName: string
  readonly limits?: Partial<MailLimits>
  readonly capacityBytes?: () => number
  readonly bootstrap?: readonly string[]
  readonly dht?: boolean
  /** Instead of one that does all that it is asked. */
  readonly lettersOf?: (store: Store) => LetterStore
}

/** A node that only keeps letters: a real host on loopback and a real store. */
export async function startMailbox(init: MailboxNodeInit): Promise<MailboxNode> {
  const folder = tempFolder()
  const identity = await createEphemeralIdentity()
  const logs = createLogger({ level: 'error' })
  const store = openStore({ path: folder.file('driad.db') })
  const letters = init.lettersOf?.(store) ?? new LetterStore(store)
  const network = await createNetworkHost({
    privateKey: identity.privateKey,
    networkName: init.networkName,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: init.bootstrap ?? [],
    mdns: false,
    dht: init.dht ?? false,
    logger: logs.logger,
  })
  const service = new MailService(
    {
      letters,
      identity,
      network,
      capacityBytes: init.capacityBytes ?? (() => 2 ** 26),
      logger: logs.logger,
    },
    { ...mailLimits, ...init.limits },
  )
  await service.start()
  await network.start()
  return {
    identity,
    network,
    letters,
    store,
    service,
    [Symbol.asyncDispose]: async () => {
      await service.stop()
      await network.stop()
      await store.close()
      await logs.close()
      folder[Symbol.dispose]()
    },
  }
}
