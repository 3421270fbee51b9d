import { createHash } from 'node:crypto'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { DriadError } from '../../protocol/errors.ts'
import { modelFilesOf } from '../../protocol/gguf/split-names.ts'
import type { FileStamp, ModelRows } from './model-rows.ts'

const READ_BYTES = 512 * 1024
/** A file that is being written to has no digest; it is tried again that often. */
const ATTEMPTS = 3

/**
 * What identifies a model's weights: the SHA-256 of its file; of a split model, of the SHA-256 of its parts, in order
 * (docs/adr/0017). From the data folder where a file is as it was then, else by reading it.
 * Throws `model_not_found`, `model_invalid`, or the signal's reason.
 */
export async function weightsDigest(
  path: string,
  rows: ModelRows,
  options: { signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  const digests: Uint8Array[] = []
  for (const file of modelFilesOf(path)) digests.push(await fileDigest(file, rows, options))
  return joined(digests)
}

/** The same from what is remembered of a model's files, which must be as they were then. */
export function knownDigest(files: readonly FileStamp[], rows: ModelRows): Uint8Array | undefined {
  const digests = files.map((file) => rows.digest(file)).filter((digest) => digest !== undefined)
  return digests.length === files.length ? joined(digests) : undefined
}

function joined(digests: readonly Uint8Array[]): Uint8Array {
  const [only, ...others] = digests
  if (only !== undefined && others.length === 0) return only
  const hash = createHash('sha256')
  for (const digest of digests) hash.update(digest)
  return new Uint8Array(hash.digest())
}

/** SHA-256 of one file, remembered for as long as the file does not change. */
export async function fileDigest(
  path: string,
  rows: ModelRows,
  options: { signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const stamp = await stampOf(path)
    const known = rows.digest(stamp)
    if (known !== undefined) return known
    const digest = await sha256Of(path, options)
    const after = await stampOf(path)
    if (after.sizeBytes !== stamp.sizeBytes || after.modifiedAtMs !== stamp.modifiedAtMs) continue
    await rows.putDigest(stamp, digest)
    return digest
  }
  throw new DriadError(
    'model_invalid',
    `${path} keeps changing; wait until it is complete, then load the model again`,
  )
}

/** Always into the same buffer: a stream makes new ones, gigabytes of them, which the process would keep for long. */
async function sha256Of(path: string, { signal }: { signal?: AbortSignal }): Promise<Uint8Array> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  const handle = await openFile(path)
  try {
    for (;;) {
      signal?.throwIfAborted()
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) return new Uint8Array(hash.digest())
      hash.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await handle.close()
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path)
  } catch (cause) {
    throw new DriadError('model_not_found', `The file ${path} cannot be read any more`, { cause })
  }
}

/** Remembers a digest that was made while the file was written, so that it is not read again for it. */
export async function putFileDigest(path: string, sha256: Uint8Array, rows: ModelRows): Promise<void> {
  await rows.putDigest(await stampOf(path), sha256)
}

async function stampOf(path: string): Promise<FileStamp> {
  try {
    const { size, mtimeMs } = await stat(path)
    return { path, sizeBytes: size, modifiedAtMs: Math.trunc(mtimeMs) }
  } catch (cause) {
    throw new DriadError('model_not_found', `There is no file ${path} any more`, { cause })
  }
}
