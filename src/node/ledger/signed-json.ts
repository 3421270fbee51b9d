import { z } from 'zod'
import type { Signed } from '../../protocol/wire/messages.pb.ts'

/** Base64 as it is written here and in no other way, so that no byte of a file can be changed unnoticed. */
const bytes = z
  .string()
  .transform((text) => ({ text, decoded: new Uint8Array(Buffer.from(text, 'base64')) }))
  .refine(({ text, decoded }) => Buffer.from(decoded).toString('base64') === text, { error: 'base64' })
  .transform(({ decoded }) => decoded)

/** Reads what `signedJson` makes. Says nothing of whether the signature holds. */
export const signedSchema = z.strictObject({ payload: bytes, publicKey: bytes, signature: bytes })

/** How something signed is written in files. */
export function signedJson(signed: Signed) {
  return {
    payload: base64(signed.payload),
    publicKey: base64(signed.publicKey),
    signature: base64(signed.signature),
  }
}

function base64(value: Uint8Array): string {
  return Buffer.from(value).toString('base64')
}
