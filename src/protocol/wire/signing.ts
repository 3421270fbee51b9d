import { DriadError } from '../errors.ts'
import {
  checkAssignment,
  checkDispute,
  checkLedgerHead,
  checkMailDeposit,
  checkMailRequest,
  checkNodeDescription,
  checkReceipt,
  checkResultRequest,
  checkSettlement,
  checkStatement,
  checkTaskOffer,
  checkTaskOutcome,
} from './checks.ts'
import { decodeChecked, type WireCodec } from './codec.ts'
import { rememberSignature, verifySignature } from './keys.ts'
import { PUBLIC_KEY_BYTES, payloadLimitBytes, SIGNATURE_BYTES } from './limits.ts'
import {
  Assignment,
  Dispute,
  LedgerHead,
  MailDeposit,
  MailRequest,
  NodeDescription,
  Receipt,
  ResultRequest,
  Settlement,
  type Signed,
  Statement,
  TaskOffer,
  TaskOutcome,
} from './messages.pb.ts'

/** What can be signed, by the name that goes into its signature's domain. */
export interface SignedMessages {
  offer: TaskOffer
  assignment: Assignment
  outcome: TaskOutcome
  receipt: Receipt
  'result-request': ResultRequest
  'node-description': NodeDescription
  dispute: Dispute
  'ledger-head': LedgerHead
  statement: Statement
  settlement: Settlement
  'mail-deposit': MailDeposit
  'mail-request': MailRequest
}
export type SignedKind = keyof SignedMessages

/** A message whose signature holds and whose fields are within their ranges. */
export interface Opened<Message> {
  readonly message: Message
  /** Raw Ed25519 key of who signed it. Whether he was entitled to is the caller's to check. */
  readonly publicKey: Uint8Array<ArrayBuffer>
  /** The exact bytes that were signed: hash these, never a re-encoding. */
  readonly payload: Uint8Array<ArrayBuffer>
}

/** The half of an identity that signing needs. */
export interface Signer {
  readonly publicKey: Uint8Array
  sign(bytes: Uint8Array): Uint8Array
}

interface Kind<Message> {
  readonly codec: WireCodec<Message>
  readonly check: (message: Message) => Message
}

const kinds: { readonly [K in SignedKind]: Kind<SignedMessages[K]> } = {
  offer: { codec: TaskOffer, check: checkTaskOffer },
  assignment: { codec: Assignment, check: checkAssignment },
  outcome: { codec: TaskOutcome, check: checkTaskOutcome },
  receipt: { codec: Receipt, check: checkReceipt },
  'result-request': { codec: ResultRequest, check: checkResultRequest },
  'node-description': { codec: NodeDescription, check: checkNodeDescription },
  dispute: { codec: Dispute, check: checkDispute },
  'ledger-head': { codec: LedgerHead, check: checkLedgerHead },
  statement: { codec: Statement, check: checkStatement },
  settlement: { codec: Settlement, check: checkSettlement },
  'mail-deposit': { codec: MailDeposit, check: checkMailDeposit },
  'mail-request': { codec: MailRequest, check: checkMailRequest },
}

/** A signature for one kind is none for another: an offer can never pass as a receipt. */
function signedBytes(kind: SignedKind, payload: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`driad/1/${kind}\n`), payload])
}

/**
 * Checks, encodes and signs a message of ours. Throws `bad_message` or `too_large` for one that a peer would refuse,
 * so that our own mistakes show here and not as silence from the network.
 */
export function signMessage<K extends SignedKind>(
  kind: K,
  message: SignedMessages[K],
  signer: Signer,
): Signed {
  const { codec, check }: Kind<SignedMessages[K]> = kinds[kind]
  const payload = codec.encode(check(message))
  if (payload.byteLength > payloadLimitBytes[kind]) throw tooLarge(kind, payload.byteLength)
  const bytes = signedBytes(kind, payload)
  const publicKey = new Uint8Array(signer.publicKey)
  const signature = new Uint8Array(signer.sign(bytes))
  rememberSignature(publicKey, bytes, signature)
  return { payload, publicKey, signature }
}

/**
 * Opens what a peer signed: sizes, then the signature, then decoding, then the ranges of every field.
 * Throws `too_large`, `bad_signature` or `bad_message`.
 */
export function openSigned<K extends SignedKind>(kind: K, signed: Signed): Opened<SignedMessages[K]> {
  if (signed.payload.byteLength > payloadLimitBytes[kind]) throw tooLarge(kind, signed.payload.byteLength)
  if (signed.publicKey.byteLength !== PUBLIC_KEY_BYTES || signed.signature.byteLength !== SIGNATURE_BYTES) {
    throw new DriadError('bad_signature', `The ${kind} has no Ed25519 key and signature`)
  }
  if (!verifySignature(signed.publicKey, signedBytes(kind, signed.payload), signed.signature)) {
    throw new DriadError('bad_signature', `The signature of the ${kind} does not hold`)
  }
  const { codec, check }: Kind<SignedMessages[K]> = kinds[kind]
  const message = decodeChecked(codec, check, signed.payload, payloadLimitBytes[kind])
  return { message, publicKey: signed.publicKey, payload: signed.payload }
}

function tooLarge(kind: SignedKind, size: number): DriadError {
  return new DriadError(
    'too_large',
    `The ${kind} has ${size} bytes; at most ${payloadLimitBytes[kind]} are allowed`,
  )
}
