import { DriadError } from '../../protocol/errors.ts'
import { peerIdOfPublicKey } from '../../protocol/wire/keys.ts'
import type { Signed } from '../../protocol/wire/messages.pb.ts'
import { verifyBundle } from '../ledger/verify-bundle.ts'
import { type ReceiptComponents, takeReceipt } from './receipts.ts'

/** Receipts of one bundle that are held in memory. */
const MAX_RECEIPTS = 1_000_000

export interface ClaimedCredits {
  /** Whose bundle it is. */
  readonly payer: string
  /** Receipts that this node had not. */
  readonly taken: number
  readonly amountMicro: bigint
  /** Receipts that it had. */
  readonly known: number
  /** Receipts that it cannot take, with the reason: it does not have the task, or has another result of it. */
  readonly refused: readonly { readonly taskId: string; readonly reason: string }[]
}

/**
 * Takes the receipts for this node out of a requester's exported bundle: for those that were signed and never arrived, because
 * the node was away and the requester's program does not run any more. Throws `bad_message` for a bundle that is not valid.
 */
export async function claimCredits(
  lines: AsyncIterable<string> | Iterable<string>,
  components: ReceiptComponents,
  options: { signal?: AbortSignal } = {},
): Promise<ClaimedCredits> {
  const self = peerIdOfPublicKey(components.identity.publicKey)
  const receipts: { readonly taskId: string; readonly receipt: Signed }[] = []
  const { ok, peerId, problems } = await verifyBundle(lines, {
    ...options,
    onEntry: ({ direction, counterparty, taskId, receipt }) => {
      if (direction !== 'debit' || counterparty !== self) return
      if (receipts.push({ taskId, receipt }) > MAX_RECEIPTS) {
        throw new DriadError('too_large', `A bundle may have ${MAX_RECEIPTS} receipts for one node`)
      }
    },
  })
  if (!ok || peerId === undefined) {
    throw new DriadError('bad_message', `The bundle is not valid: ${problems[0]?.message ?? 'it is empty'}`)
  }
  let taken = 0
  let known = 0
  let amountMicro = 0n
  const refused: { taskId: string; reason: string }[] = []
  for (const { taskId, receipt } of receipts) {
    options.signal?.throwIfAborted()
    try {
      const result = await takeReceipt(receipt, components, () => undefined)
      if (result.isNew) {
        taken++
        amountMicro += result.amountMicro
      } else known++
    } catch (cause) {
      const error = DriadError.from(cause)
      if (error.code !== 'unknown_task' && error.code !== 'bad_message' && error.code !== 'bad_signature')
        throw cause
      refused.push({ taskId, reason: error.message })
    }
  }
  return { payer: peerId, taken, known, amountMicro, refused }
}
