import { createHash } from 'node:crypto'
import type { Identity } from '../../src/node/identity/contract.ts'
import { type Dispute, type Signed, TaskOutcome } from '../../src/protocol/wire/messages.pb.ts'
import { signMessage } from '../../src/protocol/wire/signing.ts'

/** What a requester signs against an outcome, with whatever the test wants otherwise. */
export function disputeOf(
  outcome: Signed,
  requester: {
    readonly identity: Identity
    readonly node: { readonly identity: Pick<Identity, 'publicKey'> }
  },
  fields: Partial<Dispute> = {},
  signer: Identity = requester.identity,
): Signed {
  return signMessage(
    'dispute',
    {
      taskId: TaskOutcome.decode(outcome.payload).taskId,
      node: new Uint8Array(requester.node.identity.publicKey),
      resultHash: new Uint8Array(createHash('sha256').update(outcome.payload).digest()),
      code: 'failed_verification',
      reason: 'Another node wrote something else',
      issuedAtMs: Date.now(),
      ...fields,
    },
    signer,
  )
}
