import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { DriadError } from '../../protocol/errors.ts'
import type { FileStamp, ModelRows } from './model-rows.ts'

const READ_BYTES = 1024 * 1024
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
    const hash = createHash('sha256')
    await pipeline(createReadStream(path, { highWaterMark: READ_BYTES }), hash, options)
    const after = await stampOf(path)
    if (after.sizeBytes !== stamp.sizeBytes || after.modifiedAtMs !== stamp.modifiedAtMs) continue
    const digest = hash.read() as Buffer
    await rows.putDigest(stamp, digest)
    return new Uint8Array(digest)
  }
  throw new DriadError(
    'model_invalid',
    `${path} keeps changing; wait until it is complete, then load the model again`,
  )
}

async function stampOf(path: string): Promise<FileStamp> {
  try {
    const { size, mtimeMs } = await stat(path)
    return { path, sizeBytes: size, modifiedAtMs: Math.trunc(mtimeMs) }
  } catch (cause) {
    throw new DriadError('model_not_found', `There is no file ${path} any more`, { cause })
  }
}
