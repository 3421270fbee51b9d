import type { DownloadProgress } from '../../protocol/pull-views.ts'

/** One file to fetch: where it is, where it goes, and what is known of it beforehand. */
export interface DownloadRequest {
  /** The same bytes at each, in order of preference: further ones are mirrors. http or https. */
  readonly sources: readonly string[]
  /** Where the whole, verified file ends up. Until then there is `<path>.part` and its ledger `<path>.part.log`. */
  readonly path: string
  readonly sizeBytes?: number
  /** SHA-256 of the whole. Where absent, the one that the server tells (Hugging Face does), else none. */
  readonly sha256?: Uint8Array
  readonly token?: DownloadToken
}

/** A bearer token for gated files, and the only origin that ever gets it: neither mirrors do, nor what is redirected to. */
export interface DownloadToken {
  readonly origin: string
  readonly text: string
}

export interface DownloadOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (progress: DownloadProgress) => void
}

export interface DownloadedFile {
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: Uint8Array
  /** True where the digest was known beforehand or told by the server, and is what it ought to be. */
  readonly verified: boolean
  /** Bytes that came over the network in this call. */
  readonly fetchedBytes: number
}

export interface DownloadLimits {
  /** Ranges that are fetched at the same time. */
  readonly connections: number
  /** Of files with at most `maxChunks` of them; those of larger files are larger. */
  readonly chunkBytes: number
  /** Each chunk is a request, and the servers of models count those. */
  readonly maxChunks: number
  /** A connection that brings nothing for so long, or next to nothing, is given up and made anew. */
  readonly stallMs: number
  /** From asking to the head of the answer. */
  readonly answerMs: number
  /** Failures in a row, none of which brought anything, before a source is given up. */
  readonly attempts: number
  /** The first wait after a failure; doubled with each further one. */
  readonly backoffMs: number
  readonly maxBackoffMs: number
  /** How long a server may have us wait before it is asked again. */
  readonly maxRetryAfterMs: number
  readonly maxRedirects: number
  /** Files larger than that are not for this program. */
  readonly maxBytes: number
  /** Free space that must remain on the disk. */
  readonly reserveBytes: number
}

const MIB = 1024 * 1024

export const downloadLimits: DownloadLimits = {
  connections: 4,
  chunkBytes: 8 * MIB,
  maxChunks: 1024,
  stallMs: 15_000,
  answerMs: 30_000,
  attempts: 6,
  backoffMs: 500,
  maxBackoffMs: 30_000,
  maxRetryAfterMs: 600_000,
  maxRedirects: 5,
  maxBytes: 2 * 1024 * 1024 * MIB,
  reserveBytes: 512 * MIB,
}
