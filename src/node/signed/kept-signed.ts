import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** A file as it came, with what proves it. */
export interface SignedBytes {
  readonly signature: string
  readonly bytes: Buffer
}

/** One file, so that a crash leaves the old one or the new one: the signature on the first line, then the exact bytes. */
export function keepSigned(path: string, { signature, bytes }: SignedBytes): void {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, Buffer.concat([Buffer.from(`${signature}\n`), bytes]), { mode: 0o600 })
  renameSync(draft, path)
}

/** Undefined where none was kept yet. Whether the signature holds is the caller's to check. */
export function readKeptSigned(path: string): SignedBytes | undefined {
  let kept: Buffer
  try {
    kept = readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const end = kept.indexOf('\n')
  return { signature: kept.toString('latin1', 0, Math.max(0, end)), bytes: kept.subarray(end + 1) }
}
