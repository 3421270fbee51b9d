import { createHash } from 'node:crypto'
import { DriadError } from '../../protocol/errors.ts'
import { peerIdOfPublicKey } from '../../protocol/wire/keys.ts'
import { openSigned } from '../../protocol/wire/signing.ts'
import type { LedgerAppend } from './contract.ts'

/** The columns of an entry that follow from its two signed halves. */
export interface EntryFacts {
  readonly taskId: string
  readonly amountMicro: bigint
  readonly counterparty: string
  readonly model: string
  readonly resultHash: string
}

/**
 * Opens receipt and outcome, and checks that they speak of the same work and that `ownKey` is on the right side of it.
 * Throws `bad_signature`, `bad_message` or `too_large`.
 */
export function entryFacts(entry: LedgerAppend, ownKey: Uint8Array): EntryFacts {
  const receipt = openSigned('receipt', entry.receipt)
  const outcome = openSigned('outcome', entry.outcome)
  const { message: paid } = receipt
  const { message: done } = outcome

  require(paid.taskId === done.taskId, 'they are of different tasks')
  require(same(paid.node, outcome.publicKey), 'the receipt pays somebody else than who signed the outcome')
  require(same(done.requester, receipt.publicKey), 'the receipt is not signed by who asked for the task')
  const resultHash = createHash('sha256').update(outcome.payload).digest()
  require(same(paid.resultHash, resultHash), 'the receipt is for another result')
  require(same(paid.modelDigest, done.modelDigest), 'they name different weights')
  require(paid.promptTokens === done.promptTokens &&
    paid.completionTokens === done.completionTokens, 'they count different tokens')
  require(paid.amountMicro === done.amountMicro, 'they name different amounts')
  require(done.ok && paid.amountMicro > 0n, 'nothing is paid')

  const [own, other] =
    entry.direction === 'credit'
      ? [outcome.publicKey, receipt.publicKey]
      : [receipt.publicKey, outcome.publicKey]
  require(same(
    own,
    ownKey,
  ), `this identity is not the one that ${entry.direction === 'credit' ? 'is paid' : 'pays'}`)
  return {
    taskId: paid.taskId,
    amountMicro: paid.amountMicro,
    counterparty: peerIdOfPublicKey(other),
    model: done.model,
    resultHash: resultHash.toString('hex'),
  }
}

function require(holds: boolean, reason: string): void {
  if (!holds) throw new DriadError('bad_message', `Receipt and outcome do not agree: ${reason}`)
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
