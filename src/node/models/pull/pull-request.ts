import { z } from 'zod'
import { findVariant } from '../../../protocol/catalogue/find-variant.ts'
import type { Catalogue } from '../../../protocol/catalogue/schema.ts'
import { DriadError } from '../../../protocol/errors.ts'
import { MAX_SPLIT_PARTS } from '../../../protocol/gguf/split-names.ts'

/** Names of files in the folder of models: no path leads out of it, and nothing of the system's begins with a dot. */
const fileName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@+-]*\.gguf$/, "a file's name that ends in .gguf")

export const pullFileSchema = z.object({
  /** The same bytes at each, in order of preference. */
  sources: z.array(z.string().max(4096)).min(1).max(16),
  fileName,
  sizeBytes: z.int().min(1).optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex')
    .optional(),
  /** It was there before, so it stays when the download is cancelled. */
  kept: z.boolean().optional(),
})

export const pullRequestSchema = z.object({
  /** What the model will be called. */
  name: z.string().max(128),
  /** In order; more than one where the model is split. */
  files: z.array(pullFileSchema).min(1).max(MAX_SPLIT_PARTS),
  licence: z.string().max(200).optional(),
  /** Where people read about the model, and accept its licence. */
  page: z.string().max(1024).optional(),
})

/** A model to fetch: its files with where they are, and what is known of them beforehand. */
export type PullRequest = z.output<typeof pullRequestSchema>
export type PullFile = z.output<typeof pullFileSchema>

/** What is needed of a variant of the catalogue. */
export interface PullableVariant {
  readonly licence?: string | undefined
  readonly name: string
  readonly repository: string
  readonly files: readonly {
    readonly path: string
    readonly sizeBytes?: number | undefined
    readonly sha256?: string | undefined
  }[]
}

/** The variant of that name, or of which it is another name. */
export function pullableVariant(catalogue: Catalogue, name: string): PullableVariant | undefined {
  const found = findVariant(catalogue, name)
  return found && { ...found.variant, licence: found.model.licence.id }
}

export interface Endpoints {
  /** Of Hugging Face, or of a server that answers as it does. */
  readonly endpoint: string
  /** Further ones with the same files. */
  readonly mirrors: readonly string[]
}

/** What fetches a variant. Throws `bad_usage` for names of files that this program would not write. */
export function pullRequestOf(variant: PullableVariant, { endpoint, mirrors }: Endpoints): PullRequest {
  return checkedRequest({
    name: variant.name,
    files: variant.files.map(({ path, sizeBytes, sha256 }) => ({
      sources: [endpoint, ...mirrors].map((base) => fileUrl(base, variant.repository, path)),
      fileName: localName(path),
      ...(sizeBytes !== undefined && { sizeBytes }),
      ...(sha256 !== undefined && { sha256 }),
    })),
    ...(variant.licence !== undefined && { licence: variant.licence }),
    page: pageUrl(endpoint, variant.repository),
  })
}

export function checkedRequest(request: z.input<typeof pullRequestSchema>): PullRequest {
  const parsed = pullRequestSchema.safeParse(request)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), expected: message }))
  const list = issues.map(({ path, expected }) => `${path}: expected ${expected}`).join('; ')
  throw new DriadError('bad_usage', `This model cannot be fetched. ${list}`, { issues })
}

/** Where Hugging Face keeps a repository's file. */
export function fileUrl(endpoint: string, repository: string, path: string): string {
  return `${endpoint.replace(/\/+$/, '')}/${segments(repository)}/resolve/main/${segments(path)}`
}

export function pageUrl(endpoint: string, repository: string): string {
  return `${endpoint.replace(/\/+$/, '')}/${segments(repository)}`
}

export function segments(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

/** A file's name here, with what not every system can have in names replaced. */
export function localName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name
    .replace(/\.gguf$/i, '.gguf')
    .replace(/[^A-Za-z0-9._@+-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
}

/** Whether two requests are for the same files, whatever servers they name. */
export function sameFiles(one: PullRequest, other: PullRequest): boolean {
  return (
    one.files.length === other.files.length &&
    one.files.every((file, index) => {
      const twin = other.files[index]
      if (twin === undefined) return false
      if (file.sha256 !== undefined && twin.sha256 !== undefined) return file.sha256 === twin.sha256
      return remoteName(file) === remoteName(twin)
    })
  )
}

function remoteName({ sources: [source = ''] }: PullFile): string {
  return URL.canParse(source) ? new URL(source).pathname : source
}
