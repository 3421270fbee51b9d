import { existsSync } from 'node:fs'
import { existingDataFolder } from '../../../node/data-folder.ts'
import type { Identity } from '../../../node/identity/contract.ts'
import { loadOrCreateIdentity } from '../../../node/identity/load-identity.ts'
import type { Ledger } from '../../../node/ledger/contract.ts'
import { openLedger } from '../../../node/ledger/open-ledger.ts'
import { Statements } from '../../../node/ledger/statements/statements.ts'
import { openSettings } from '../../../node/settings/settings.ts'
import type { Reader } from '../../../node/store/contract.ts'
import { openStore } from '../../../node/store/open-store.ts'
import type { CommandContext } from '../../program.ts'

export interface LedgerFlags {
  readonly dataDir?: string
  readonly json?: boolean
}

export interface OpenedLedger {
  readonly identity: Identity
  /** Absent where nothing was ever earned or paid: there is no database. */
  readonly books?: { readonly ledger: Ledger; readonly store: Reader }
}

/** Opens the folder's ledger for reading, beside whoever writes it. */
export async function withLedger(
  { host }: CommandContext,
  flags: LedgerFlags,
  work: (opened: OpenedLedger) => Promise<void>,
): Promise<void> {
  const folder = existingDataFolder(flags.dataDir)
  const identity = await loadOrCreateIdentity({ dir: folder.path, vault: host.vault })
  if (!existsSync(folder.databasePath)) {
    await work({ identity })
    return
  }
  const store = openStore({ path: folder.databasePath, readOnly: true })
  try {
    const { publicKey } = identity
    const ledger = openLedger({ store, anchorPath: folder.ledgerAnchorPath, publicKey, readOnly: true })
    await work({ identity, books: { ledger, store } })
  } finally {
    await store.close()
  }
}

/** Opens what states and settles, for writing, beside a running node. */
export async function withStatements<T>(
  { host }: CommandContext,
  flags: LedgerFlags,
  work: (statements: Statements) => Promise<T>,
): Promise<T> {
  const folder = existingDataFolder(flags.dataDir)
  const identity = await loadOrCreateIdentity({ dir: folder.path, vault: host.vault })
  const store = openStore({ path: folder.databasePath })
  try {
    const settings = openSettings({ store })
    return await work(new Statements({ store, identity, payoutAddress: () => settings.get().payoutAddress }))
  } finally {
    await store.close()
  }
}
