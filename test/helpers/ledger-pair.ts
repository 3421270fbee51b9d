import type { LedgerEntry } from '../../src/node/ledger/contract.ts'
import { openLedger } from '../../src/node/ledger/open-ledger.ts'
import type { Store } from '../../src/node/store/contract.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import type { Signer } from '../../src/protocol/wire/signing.ts'
import { insertTask } from './ledger-file.ts'
import { signedWork, type WorkInit } from './signed-work.ts'

/** One party's books. */
export interface Books {
  readonly identity: Signer
  readonly store: Store
  readonly ledger: ReturnType<typeof openLedger>
}

export function openBooks(
  path: string,
  anchorPath: string,
  identity: Signer,
  init: { readonly now?: () => number } = {},
): Books {
  // No checkpoints, so that a copy of the file and its log is what a kill would leave.
  const store = openStore({ path, checkpointIntervalMs: 3_600_000 })
  return {
    identity,
    store,
    ledger: openLedger({ store, anchorPath, publicKey: identity.publicKey, ...init }),
  }
}

export async function closeBooks({ ledger, store }: Books): Promise<void> {
  await ledger.close()
  await store.close()
}

/** A task that one paid the other for, in the books of those who keep it. */
export async function payTask(
  payer: Books,
  payee: Books,
  amountMicro: bigint,
  keptBy: readonly Books[] = [payer, payee],
  init: Partial<WorkInit> = {},
): Promise<void> {
  const work = signedWork({ payer: payer.identity, payee: payee.identity, amountMicro, ...init })
  const parties = [payer.identity, payee.identity]
  for (const books of keptBy) {
    const direction = books === payee ? 'credit' : 'debit'
    const entry = await books.store.write((tx): LedgerEntry => {
      const appended = books.ledger.append(tx, { direction, ...work })
      insertTask(tx, appended, parties)
      return appended
    })
    books.ledger.committed(entry)
  }
}
