import { rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DriadError } from '../../../protocol/errors.ts'
import { inspectGguf } from '../../../protocol/gguf/inspect-gguf.ts'
import type { DownloadNotice, DownloadProgress } from '../../../protocol/pull-views.ts'
import type { Bandwidth } from '../../downloads/bandwidth.ts'
import { type DownloadLimits, type DownloadToken, downloadLimits } from '../../downloads/contract.ts'
import { downloadFile } from '../../downloads/download-file.ts'
import { checkSpace } from '../../downloads/part-disk.ts'
import { PartFile } from '../../downloads/part-file.ts'
import type { HttpRoute } from '../../http/contract.ts'
import type { ModelRows } from '../model-rows.ts'
import { fileDigest, putFileDigest } from '../weights-digest.ts'
import type { PullFile, PullRequest } from './pull-request.ts'
import { refusedAccess } from './refused-access.ts'

/** Parts of one model that are downloaded side by side. They share the connections of one. */
const PARTS_AT_ONCE = 4

export interface PullFilesComponents {
  readonly route: HttpRoute
  readonly bandwidth: Bandwidth
  readonly models: ModelRows
  readonly token: () => DownloadToken | undefined
}

export interface PullFilesOptions {
  readonly folder: string
  readonly limits: Partial<DownloadLimits>
  readonly signal: AbortSignal
  /** Bytes that other downloads are going to need on the same disk. */
  readonly promisedBytes: number
  readonly onProgress: (progress: PullProgress) => void
  /** All files are there; what follows takes no more from the network. */
  readonly onFetched: () => Promise<void>
}

/** Of all files of a model together. */
export interface PullProgress extends Omit<DownloadProgress, 'notice'> {
  readonly notice: DownloadNotice | undefined
  readonly files: readonly (DownloadProgress | undefined)[]
}

export interface PulledModel {
  /** Of a split model, the first part. */
  readonly path: string
  readonly verified: boolean
  readonly sizeBytes: number
}

/**
 * Fetches a model's files, those that are not there yet, and looks at what came. Its digests are remembered.
 * Throws what `downloadFile` throws; `download_refused` with what to do about it; `model_invalid` where it is no model that can
 * be used: its files are set aside then.
 */
export async function pullFiles(
  components: PullFilesComponents,
  request: PullRequest,
  options: PullFilesOptions,
): Promise<PulledModel> {
  const { folder, signal } = options
  const paths = request.files.map(({ fileName }) => join(folder, fileName))
  const progress = new PullProgressSum(request.files, options.onProgress)
  const limits = { ...downloadLimits, ...options.limits }
  await checkRoom(request, paths, limits, options.promisedBytes)

  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const left = request.files.map((file, index) => ({ file, index }))
  const atOnce = Math.min(PARTS_AT_ONCE, left.length)
  const own = { ...limits, connections: Math.max(1, Math.floor(limits.connections / atOnce)) }
  let verified = true
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { file, index } = next
      const told = (each: DownloadProgress) => progress.tell(index, each)
      const known = await pullFile(components, request, file, paths[index] ?? '', own, either, told)
      verified &&= known
    }
  }
  await Promise.allSettled(
    Array.from({ length: atOnce }, () => work().catch((error: unknown) => failed.abort(error))),
  )
  signal.throwIfAborted()
  if (failed.signal.aborted) throw failed.signal.reason

  await options.onFetched()
  const [path = ''] = paths
  try {
    const { sizeBytes } = await inspectGguf(path, { signal })
    return { path, verified, sizeBytes }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof DriadError) || error.code !== 'model_invalid') throw error
    await setAside(request, folder)
    const message = `What came is no model that can be used, and was set aside as ${path}.invalid. ${error.message}`
    throw new DriadError('model_invalid', message, { cause: error })
  }
}

/** Removes what a download left, and what it brought already. */
export async function discardPull(request: PullRequest, folder: string): Promise<void> {
  for (const { fileName, kept } of request.files) {
    const path = join(folder, fileName)
    await PartFile.discard(path)
    // Of a process that was killed: whoever discards holds the whole download.
    await rm(`${path}.part.lock`, { force: true })
    if (kept !== true) await rm(path, { force: true })
  }
}

/** Resolves to whether its digest was known beforehand. */
async function pullFile(
  { route, bandwidth, models, token }: PullFilesComponents,
  request: PullRequest,
  file: PullFile,
  path: string,
  limits: DownloadLimits,
  signal: AbortSignal,
  onProgress: (progress: DownloadProgress) => void,
): Promise<boolean> {
  const there = await existing(file, path, models, signal)
  if (there !== undefined) {
    onProgress({
      phase: 'downloading',
      receivedBytes: there,
      resumedBytes: there,
      totalBytes: there,
      bytesPerSecond: 0,
    })
    return file.sha256 !== undefined
  }
  const bearer = token()
  try {
    const done = await downloadFile(
      { route, bandwidth },
      {
        sources: file.sources,
        path,
        ...(file.sizeBytes !== undefined && { sizeBytes: file.sizeBytes }),
        ...(file.sha256 !== undefined && { sha256: new Uint8Array(Buffer.from(file.sha256, 'hex')) }),
        ...(bearer !== undefined && { token: bearer }),
      },
      { signal, onProgress, limits },
    )
    await putFileDigest(path, done.sha256, models)
    return done.verified
  } catch (cause) {
    signal.throwIfAborted()
    if (!(cause instanceof DriadError) || cause.code !== 'download_refused') throw cause
    const source = new URL(file.sources[0] ?? '')
    const status = cause.message.includes('(403)') ? 403 : 401
    throw refusedAccess({
      status,
      host: source.host,
      page: request.page ?? pageOf(source),
      token: bearer?.origin === source.origin,
      cause,
    })
  }
}

/** Size of a file that is there already and is the one that is meant: this download brought it before, or somebody else did. */
async function existing(
  file: PullFile,
  path: string,
  models: ModelRows,
  signal: AbortSignal,
): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || !found.isFile()) return undefined
  if (file.sizeBytes !== undefined && file.sizeBytes !== found.size) return undefined
  if (file.sha256 === undefined) return found.size
  const digest = await fileDigest(path, models, { signal })
  return Buffer.from(digest).toString('hex') === file.sha256 ? found.size : undefined
}

/** `/owner/repo/resolve/main/file` is described at `/owner/repo`. */
function pageOf(source: URL): string | undefined {
  const [, repository] = /^(\/[^/]+\/[^/]+)\/resolve\//.exec(source.pathname) ?? []
  return repository === undefined ? undefined : `${source.origin}${repository}`
}

/** All parts together must fit: each by itself would find room enough. */
async function checkRoom(
  { files }: PullRequest,
  paths: readonly string[],
  limits: DownloadLimits,
  promisedBytes: number,
): Promise<void> {
  let neededBytes = 0
  for (const [index, { sizeBytes = 0 }] of files.entries()) {
    const path = paths[index] ?? ''
    const whole = await stat(path).catch(() => undefined)
    const held = whole?.size ?? (await PartFile.found(path))?.receivedBytes ?? 0
    neededBytes += Math.max(0, sizeBytes - held)
  }
  const [path] = paths
  if (path !== undefined && neededBytes > 0)
    await checkSpace(path, neededBytes, limits.reserveBytes + promisedBytes)
}

async function setAside({ files }: PullRequest, folder: string): Promise<void> {
  for (const { fileName } of files) {
    const path = join(folder, fileName)
    // The next one of that name takes its place: they are to be looked at, not to be collected.
    await rename(path, `${path}.invalid`).catch(() => undefined)
  }
}

/** Adds up what the files' downloads tell. */
class PullProgressSum {
  readonly #files: (DownloadProgress | undefined)[]
  readonly #sizes: readonly (number | undefined)[]
  readonly #told: (progress: PullProgress) => void

  constructor(files: readonly PullFile[], told: (progress: PullProgress) => void) {
    this.#files = files.map(() => undefined)
    this.#sizes = files.map(({ sizeBytes }) => sizeBytes)
    this.#told = told
  }

  tell(index: number, progress: DownloadProgress): void {
    this.#files[index] = progress
    this.#told(this.#sum())
  }

  #sum(): PullProgress {
    const there = this.#files.filter((file) => file !== undefined)
    const sum = (of: (file: DownloadProgress) => number) => there.reduce((total, file) => total + of(file), 0)
    const totals = this.#sizes.map((size, index) => this.#files[index]?.totalBytes ?? size)
    const totalBytes = totals.includes(undefined)
      ? undefined
      : totals.reduce<number>((total, size) => total + (size ?? 0), 0)
    const receivedBytes = sum((file) => file.receivedBytes)
    const bytesPerSecond = sum((file) => file.bytesPerSecond)
    const left = totalBytes === undefined ? undefined : totalBytes - receivedBytes
    return {
      phase: this.#phase(there, left),
      receivedBytes,
      resumedBytes: sum((file) => file.resumedBytes),
      bytesPerSecond,
      notice: there.find((file) => file.notice !== undefined)?.notice,
      files: [...this.#files],
      ...(totalBytes !== undefined && { totalBytes }),
      ...(left === 0 && { verifiedBytes: sum((file) => file.verifiedBytes ?? 0) }),
      ...(left !== undefined && bytesPerSecond > 0 && { etaMs: Math.round((left * 1000) / bytesPerSecond) }),
    }
  }

  #phase(there: readonly DownloadProgress[], left: number | undefined): DownloadProgress['phase'] {
    if (left === 0) return 'verifying'
    return there.some(({ phase }) => phase === 'downloading')
      ? 'downloading'
      : (there[0]?.phase ?? 'connecting')
  }
}
