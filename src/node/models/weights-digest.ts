import { createHash } from 'node:crypto'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { DriadError } from '../../protocol/errors.ts'
import type { FileStamp, ModelRows } from './model-rows.ts'

const READ_BYTES = 512 * 1024
/** A file that is being written to has no digest; it is tried again that often. */
const ATTEMPTS = 3

/**
 * SHA-256 of a model's file, from the data folder if the file is as it was then, else by reading it.
 * Throws `model_not_found`, `model_invalid`, or the signal's reason.
 */
export async function weightsDigest(
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

async function stampOf(path: string): Promise<FileStamp> {
  try {
    const { size, mtimeMs } = await stat(path)
    return { path, sizeBytes: size, modifiedAtMs: Math.trunc(mtimeMs) }
  } catch (cause) {
    throw new DriadError('model_not_found', `There is no file ${path} any more`, { cause })
  }
}
