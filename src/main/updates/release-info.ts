import type { UpdateInfo } from 'electron-updater'
import { parseUpdateInfo } from 'electron-updater/out/providers/Provider.js'
import { z } from 'zod'
import type { SignedBytes } from '../../node/signed/kept-signed.ts'
import { isSignedByOne, signBytes } from '../../node/signed/signature.ts'
import { DriadError } from '../../protocol/errors.ts'

/** Most bytes of the file that describes a release. */
export const RELEASE_BYTES = 256 * 1024
/** A release from further ahead than clocks go wrong would keep out all that come after it. */
const MAX_AHEAD_MS = 24 * 60 * 60_000

const releaseSchema = z.looseObject({
  version: z.string().min(1).max(128),
  releaseDate: z.iso.datetime({ offset: true }),
  files: z
    .array(
      z.looseObject({
        url: z.string().min(1).max(1024),
        sha512: z.string().min(1).max(256),
        size: z.number().int().positive(),
      }),
    )
    .min(1)
    .max(32),
  stagingPercentage: z.number().min(0).max(100).optional(),
})

/** A signature holds for the file of one channel and system only: `beta-linux.yml` cannot pass for `latest-linux.yml`. */
function domainOf(fileName: string): string {
  return `driad/1/update/${fileName}`
}

/** Signs the exact bytes of the file that describes a release. Returns base64. Throws `bad_usage` for another kind of key. */
export function signRelease(bytes: Uint8Array, fileName: string, privateKeyPem: string): string {
  return signBytes(bytes, privateKeyPem, domainOf(fileName))
}

/**
 * What a signed file says of a release: its version, and each package with its SHA-512.
 * Throws `bad_signature` where none of the keys has signed it, `bad_message` where it is none.
 */
export function readRelease(
  { bytes, signature }: SignedBytes,
  fileName: string,
  keys: readonly string[],
): UpdateInfo {
  if (!isSignedByOne(bytes, signature, keys, domainOf(fileName)))
    throw new DriadError(
      'bad_signature',
      `${fileName} of the update server is not signed by Driad's maintainers`,
    )
  try {
    const info = parseUpdateInfo(bytes.toString('utf8'), fileName, new URL('file:///'))
    releaseSchema.parse(info)
    return info
  } catch (cause) {
    const message = `${fileName} of the update server does not describe a release`
    throw new DriadError('bad_message', message, { cause })
  }
}

/**
 * Throws `bad_message` for a release that is older than the newest one seen, however well signed (it may bring back what was
 * replaced for a reason), or from the future.
 */
export function refuseTimes(fresh: UpdateInfo, seen: UpdateInfo | undefined, nowMs: number): void {
  const atMs = Date.parse(fresh.releaseDate)
  if (seen !== undefined && atMs < Date.parse(seen.releaseDate)) {
    throw new DriadError(
      'bad_message',
      `The update server offers ${fresh.version} of ${fresh.releaseDate}, older than what it offered before (${seen.releaseDate})`,
    )
  }
  if (atMs > nowMs + MAX_AHEAD_MS) {
    throw new DriadError(
      'bad_message',
      `The update server offers ${fresh.version} of ${fresh.releaseDate}, which is yet to come. Check this computer's clock`,
    )
  }
}
