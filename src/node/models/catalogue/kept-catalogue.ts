import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { parseCatalogue } from '../../../protocol/catalogue/parse.ts'
import type { Catalogue } from '../../../protocol/catalogue/schema.ts'
import { checkSignature } from './signature.ts'

/** A catalogue as it came, with what proves it. */
export interface SignedCatalogue {
  readonly signature: string
  readonly bytes: Buffer
}

/** One file, so that a crash leaves the old one or the new one: the signature on the first line, then the exact bytes. */
export function keepCatalogue(path: string, { signature, bytes }: SignedCatalogue): void {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, Buffer.concat([Buffer.from(`${signature}\n`), bytes]), { mode: 0o600 })
  renameSync(draft, path)
}

/** Undefined where none was fetched yet. Throws `bad_signature` or `catalogue_invalid` for one that cannot be used. */
export function readKeptCatalogue(
  path: string,
  keys: readonly string[],
): (SignedCatalogue & { readonly catalogue: Catalogue }) | undefined {
  let kept: Buffer
  try {
    kept = readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const end = kept.indexOf('\n')
  const signature = kept.toString('latin1', 0, Math.max(0, end))
  const bytes = kept.subarray(end + 1)
  checkSignature(bytes, signature, keys)
  return { signature, bytes, catalogue: parseCatalogue(bytes.toString('utf8')) }
}
