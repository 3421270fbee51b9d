import { parseCatalogue } from '../../../protocol/catalogue/parse.ts'
import type { Catalogue } from '../../../protocol/catalogue/schema.ts'
import { readKeptSigned, type SignedBytes } from '../../signed/kept-signed.ts'
import { checkSignature } from './signature.ts'

/** Undefined where none was fetched yet. Throws `bad_signature` or `catalogue_invalid` for one that cannot be used. */
export function readKeptCatalogue(
  path: string,
  keys: readonly string[],
): (SignedBytes & { readonly catalogue: Catalogue }) | undefined {
  const kept = readKeptSigned(path)
  if (kept === undefined) return undefined
  checkSignature(kept.bytes, kept.signature, keys)
  return { ...kept, catalogue: parseCatalogue(kept.bytes.toString('utf8')) }
}
