import type { PrivateKey } from '@libp2p/interface'

/** Who this computer is: an Ed25519 key. It signs offers, assignments, outcomes and receipts. */
export interface Identity {
  /** Raw public key, 32 bytes. */
  readonly publicKey: Uint8Array
  /** The same as a libp2p peer id, which is how people see it: `12D3Koo…`. */
  readonly peerId: string
  readonly privateKey: PrivateKey
  /** 64-byte Ed25519 signature. */
  sign(bytes: Uint8Array): Uint8Array
}
