import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { LedgerAppend } from '../../src/node/ledger/contract.ts'
import type { Receipt, TaskOutcome } from '../../src/protocol/wire/messages.pb.ts'
import { type Signer, signMessage } from '../../src/protocol/wire/signing.ts'

/** A party with a real Ed25519 key. */
export function testSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  return { publicKey: new Uint8Array(raw), sign: (bytes) => new Uint8Array(sign(null, bytes, privateKey)) }
}

export interface WorkInit {
  readonly payer: Signer
  readonly payee: Signer
  readonly result?: string
  readonly amountMicro?: bigint
  readonly taskId?: string
  /** Overrides, to make halves that do not agree. */
  readonly outcome?: Partial<TaskOutcome>
  readonly receipt?: Partial<Receipt>
}

/** The outcome of a task, signed by who did it, and the receipt for it, signed by who asked for it. */
export function signedWork(init: WorkInit): Omit<LedgerAppend, 'direction'> {
  const { payer, payee, amountMicro = 1_234n, taskId = uuidv7() } = init
  const modelDigest = new Uint8Array(32).fill(7)
  const tokens = { promptTokens: 12, completionTokens: 34 }
  const outcome = signMessage(
    'outcome',
    {
      taskId,
      requester: new Uint8Array(payer.publicKey),
      ok: true,
      result: init.result ?? 'Once upon a time, there was a little girl named Lily.',
      errorCode: '',
      errorMessage: '',
      model: 'demo',
      modelDigest,
      ...tokens,
      firstTokenMs: 5,
      totalMs: 80,
      amountMicro,
      finishedAtMs: Date.now(),
      ...init.outcome,
    },
    payee,
  )
  const receipt = signMessage(
    'receipt',
    {
      taskId,
      node: new Uint8Array(payee.publicKey),
      resultHash: new Uint8Array(createHash('sha256').update(outcome.payload).digest()),
      modelDigest,
      ...tokens,
      amountMicro,
      issuedAtMs: Date.now(),
      ...init.receipt,
    },
    payer,
  )
  return { receipt, outcome }
}
