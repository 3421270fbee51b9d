import { z } from 'zod'
import { DriadError } from '../../protocol/errors.ts'
import type { SignedBytes } from '../signed/kept-signed.ts'
import { isSignedByOne, signBytes } from '../signed/signature.ts'

/** Most bytes of the file that describes a release. */
export const RELEASE_BYTES = 256 * 1024
/** A release from further ahead than clocks go wrong would keep out all that come after it. */
const MAX_AHEAD_MS = 24 * 60 * 60_000
/** https://semver.org */
const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/

const releaseSchema = z.object({
  version: z.string().max(128).regex(VERSION),
  releaseDate: z.iso.datetime(),
  files: z
    .array(
      z.object({
        /** Beside the description on the server. */
        url: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,254}$/),
        /** In base64. */
        sha512: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
        size: z.int().positive(),
      }),
    )
    .min(1)
    .max(32),
  /** To so many of a hundred computers it is offered; to all where absent. */
  stagingPercentage: z.number().min(0).max(100).optional(),
})

/** A version that can be installed, for one channel and one kind of system: its packages, and how many computers are to have it. */
export type Release = z.output<typeof releaseSchema>

/** A signature holds for the file of one channel and system only: `beta-linux.json` cannot pass for `latest-linux.json`. */
function domainOf(fileName: string): string {
  return `driad/1/update/${fileName}`
}

/** The exact bytes of a release's description, with their signature. Throws `bad_usage` for what is none, or another kind of key. */
export function writeRelease(release: Release, fileName: string, privateKeyPem: string): SignedBytes {
  const parsed = releaseSchema.safeParse(release)
  if (!parsed.success)
    throw new DriadError('bad_usage', `This is no release: ${z.prettifyError(parsed.error)}`)
  const bytes = Buffer.from(`${JSON.stringify(parsed.data, null, 2)}\n`)
  return { bytes, signature: signBytes(bytes, privateKeyPem, domainOf(fileName)) }
}

/**
 * What a signed file says of a release. Throws `bad_signature` where none of the keys has signed it for this name,
 * `bad_message` where it is none.
 */
export function readRelease(
  { bytes, signature }: SignedBytes,
  fileName: string,
  keys: readonly string[],
): Release {
  if (!isSignedByOne(bytes, signature, keys, domainOf(fileName)))
    throw new DriadError(
      'bad_signature',
      `${fileName} of the update server is not signed by Driad's maintainers`,
    )
  try {
    return releaseSchema.parse(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    const message = `${fileName} of the update server does not describe a release`
    throw new DriadError('bad_message', message, { cause })
  }
}

/**
 * Throws `bad_message` for a release that is older than the newest one seen, however well signed (it may bring back what was
 * replaced for a reason), or from the future.
 */
export function refuseTimes(fresh: Release, seen: Release | undefined, nowMs: number): void {
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
