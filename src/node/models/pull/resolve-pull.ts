import { DriadError } from '../../../protocol/errors.ts'
import { splitNameOf, splitPaths } from '../../../protocol/gguf/split-names.ts'
import type { DownloadToken } from '../../downloads/contract.ts'
import type { HttpRoute } from '../../http/contract.ts'
import { checkModelName, modelNameOf } from '../model-name.ts'
import { listRepository } from './hugging-face.ts'
import { filesOfPath, filesOfQuantisation, type RepositoryFile } from './model-files.ts'
import { modelReference } from './model-reference.ts'
import {
  checkedRequest,
  type Endpoints,
  localName,
  type PullableVariant,
  type PullRequest,
  pullRequestOf,
} from './pull-request.ts'

export interface ResolveComponents {
  readonly route: HttpRoute | undefined
  readonly endpoints: Endpoints
  readonly token: DownloadToken | undefined
  /** Of the catalogue, by a name or another name for it. */
  readonly findVariant: (name: string) => PullableVariant | undefined
}

export interface ResolveOptions {
  readonly signal: AbortSignal
  /** What the model will be called, instead of its own name. */
  readonly name?: string | undefined
  /** In hex; for a model in one file. */
  readonly sha256?: string | undefined
}

/** Finds out which files a person means. Throws `bad_usage`, `bad_setting`, `model_not_found` and what the listing throws. */
export async function resolvePull(
  components: ResolveComponents,
  text: string,
  options: ResolveOptions,
): Promise<PullRequest> {
  const found = await requestOf(components, text, options.signal)
  const name = options.name ?? found.name
  checkModelName(name)
  if (options.sha256 === undefined) return { ...found, name }
  const sha256 = options.sha256.toLowerCase()
  const [file, ...others] = found.files
  if (file === undefined || others.length > 0)
    throw new DriadError('bad_usage', 'The model is split into several files, so it has no one SHA-256')
  if (file.sha256 !== undefined && file.sha256 !== sha256)
    throw new DriadError('download_corrupt', `The file there has another SHA-256: ${file.sha256}`)
  return checkedRequest({ ...found, name, files: [{ ...file, sha256 }] })
}

async function requestOf(
  components: ResolveComponents,
  text: string,
  signal: AbortSignal,
): Promise<PullRequest> {
  const { endpoints } = components
  const reference = modelReference(text)
  if (reference.kind === 'name') {
    const variant = components.findVariant(reference.name)
    if (variant !== undefined) return pullRequestOf(await withFacts(components, variant, signal), endpoints)
    throw new DriadError(
      'model_not_found',
      `The catalogue has no model ${reference.name}. Others are fetched as owner/repo/file.gguf, hf:owner/repo:Q4_K_M, or by their address`,
    )
  }
  if (reference.kind === 'url') return urlRequest(reference.url)
  const { repository } = reference
  const listed = await listAnywhere(components, repository, signal)
  const files =
    reference.kind === 'file'
      ? filesOfPath(listed, reference.path, repository)
      : filesOfQuantisation(listed, reference.quantisation, repository)
  return pullRequestOf({ name: nameOf(files[0]?.path ?? ''), repository, files }, endpoints)
}

/**
 * With sizes and digests as the repository tells them, where the catalogue does not: whether there is room is known beforehand
 * then, and so is what has to come. Where it tells nothing, fetching the files will say why.
 */
async function withFacts(
  components: ResolveComponents,
  variant: PullableVariant,
  signal: AbortSignal,
): Promise<PullableVariant> {
  const known = variant.files.every(
    ({ sizeBytes, sha256 }) => sizeBytes !== undefined && sha256 !== undefined,
  )
  if (known) return variant
  const listed = await listAnywhere(components, variant.repository, signal).catch(() => {
    signal.throwIfAborted()
    return []
  })
  return {
    ...variant,
    files: variant.files.map((file) => {
      const told = listed.find(({ path }) => path === file.path)
      return { ...file, sizeBytes: file.sizeBytes ?? told?.sizeBytes, sha256: file.sha256 ?? told?.sha256 }
    }),
  }
}

/** By the endpoint, else by the first mirror that can. Throws what the endpoint said where none can. */
async function listAnywhere(
  components: ResolveComponents,
  repository: string,
  signal: AbortSignal,
): Promise<RepositoryFile[]> {
  const { endpoint, mirrors } = components.endpoints
  let failure: unknown
  for (const each of [endpoint, ...mirrors]) {
    try {
      const asked = { endpoint: each, repository, token: components.token }
      return await listRepository(components, asked, { signal })
    } catch (error) {
      signal.throwIfAborted()
      failure ??= error
    }
  }
  throw failure
}

/** An address alone tells neither sizes nor digests; but where it is one part of several, it tells the others. */
function urlRequest(url: URL): PullRequest {
  const split = splitNameOf(url.pathname)
  const paths = split === undefined ? [url.pathname] : splitPaths(split)
  return checkedRequest({
    name: nameOf(decoded(paths[0] ?? '')),
    files: paths.map((pathname) => {
      const source = new URL(url)
      source.pathname = pathname
      return { sources: [source.href], fileName: localName(decoded(pathname)) }
    }),
  })
}

function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return pathname
  }
}

function nameOf(path: string): string {
  return modelNameOf(splitNameOf(path)?.prefix ?? path)
}
