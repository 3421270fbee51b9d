import { constants } from 'node:fs'
import { open, readdir, realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { z } from 'zod'
import type { SkippedView } from '../../../protocol/local-model-views.ts'
import { modelNameSchema } from '../../../protocol/wire/checks.ts'
import { modelNameOf } from '../model-name.ts'
import type { FoundFile } from './found-file.ts'
import type { ModelPlace } from './model-places.ts'
import { type ScanBudget, skipOf } from './scan-budget.ts'

/** Real ones have less than two kilobytes. */
const MAX_MANIFEST_BYTES = 1024 * 1024
const MAX_LAYERS = 256
/** The older folder, and the one that takes its place. */
const MANIFEST_FOLDERS = ['manifests', 'manifests-v2']
/** Hosts whose name Ollama leaves out. */
const DEFAULT_HOSTS: ReadonlySet<string> = new Set(['registry.ollama.ai', 'ollama.com'])
const DEFAULT_NAMESPACE = 'library'

const MODEL_LAYER = 'application/vnd.ollama.image.model'
const ADAPTER_LAYER = 'application/vnd.ollama.image.adapter'

const manifestSchema = z.object({
  layers: z
    .array(
      z.object({
        mediaType: z.string().max(256),
        // Nothing else, so that no digest can be a path.
        digest: z.string().regex(/^sha256[:-][0-9a-fA-F]{64}$/, 'sha256: and 64 hexadecimal digits'),
      }),
    )
    .max(MAX_LAYERS),
})

/**
 * Ollama's store: `manifests/<host>/<namespace>/<model>/<tag>` says which of `blobs/sha256-<hex>` a model's weights are.
 * Layout and names are those of Ollama's packages `manifest` and `types/model`.
 */
export async function* readOllamaStore(place: ModelPlace, budget: ScanBudget): AsyncGenerator<FoundFile> {
  const root = await realpath(place.path)
  for (const folder of MANIFEST_FOLDERS) {
    for await (const [host, namespace, model, tag] of manifestsIn(join(root, folder), 4, budget)) {
      if (host === undefined || namespace === undefined || model === undefined || tag === undefined) continue
      const path = join(root, folder, host, namespace, model, tag)
      const file = await weightsOf(root, path, budget)
      if (file !== undefined) yield { source: 'ollama', name: nameOf(host, namespace, model, tag), ...file }
    }
  }
}

/** The names that lead to each manifest, so many levels down. */
async function* manifestsIn(folder: string, levels: number, budget: ScanBudget): AsyncGenerator<string[]> {
  let names: string[]
  try {
    names = (await readdir(folder)).sort()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Stray files such as .DS_Store are no folders; one of the two folders of manifests is usually missing.
    if (code !== 'ENOTDIR' && code !== 'ENOENT') budget.skipAfter(error, folder)
    return
  }
  for (const name of names) {
    if (!budget.look(join(folder, name))) return
    if (name.startsWith('.')) continue
    if (levels === 1) yield [name]
    else for await (const rest of manifestsIn(join(folder, name), levels - 1, budget)) yield [name, ...rest]
  }
}

async function weightsOf(
  root: string,
  manifestPath: string,
  budget: ScanBudget,
): Promise<Pick<FoundFile, 'path' | 'claimedSha256' | 'unusable'> | undefined> {
  const text = await manifestText(root, manifestPath, budget)
  if (text === undefined) return undefined
  const manifest = manifestSchema.safeParse(jsonOf(text))
  if (!manifest.success) {
    const [issue] = manifest.error.issues
    budget.skip(manifestPath, 'not_a_manifest', {
      at: issue?.path.join('.') || '.',
      expected: issue?.message ?? '',
    })
    return undefined
  }
  const { layers } = manifest.data
  const weights = layers.filter(({ mediaType }) => mediaType === MODEL_LAYER)
  const [first] = weights
  if (first === undefined) {
    budget.skip(manifestPath, 'no_gguf')
    return undefined
  }
  const hex = first.digest.slice('sha256:'.length).toLowerCase()
  const path = await blobPath(root, hex)
  if (typeof path !== 'string') {
    budget.skip(manifestPath, path.code, path.facts)
    return undefined
  }
  const unusable =
    weights.length > 1
      ? `Ollama keeps it in ${weights.length} parts`
      : layers.some(({ mediaType }) => mediaType === ADAPTER_LAYER)
        ? 'Ollama makes it of a base model and an adapter, which this program does not load'
        : undefined
  return { path, claimedSha256: hex, ...(unusable !== undefined && { unusable }) }
}

async function manifestText(root: string, path: string, budget: ScanBudget): Promise<string | undefined> {
  try {
    if (!isWithin(root, await realpath(path))) {
      budget.skip(path, 'leads_out')
      return undefined
    }
    // Without O_NONBLOCK, opening a named pipe would wait for somebody to write into it.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const stats = await file.stat()
      if (!stats.isFile()) return undefined
      if (stats.size > MAX_MANIFEST_BYTES) {
        budget.skip(path, 'manifest_too_large', { count: stats.size })
        return undefined
      }
      const buffer = Buffer.alloc(stats.size)
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    budget.skipAfter(error, path)
    return undefined
  }
}

/** The first versions wrote a colon into the name. A blob that is a link out of the store is not Ollama's. */
async function blobPath(root: string, hex: string): Promise<string | Pick<SkippedView, 'code' | 'facts'>> {
  for (const name of [`sha256-${hex}`, `sha256:${hex}`]) {
    const path = join(root, 'blobs', name)
    try {
      const blobs = await realpath(join(root, 'blobs'))
      return isWithin(blobs, await realpath(path)) ? path : { code: 'weights_lead_out', facts: {} }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return skipOf(error)
    }
  }
  return { code: 'no_weights', facts: {} }
}

/** As `ollama list` shows it: `llama3.1:8b`, `somebody/model:latest`, `hf.co/somebody/model:Q8_0`. */
function nameOf(host: string, namespace: string, model: string, tag: string): string {
  const short = namespace === DEFAULT_NAMESPACE ? `${model}:${tag}` : `${namespace}/${model}:${tag}`
  const name = DEFAULT_HOSTS.has(host.toLowerCase()) ? short : `${host}/${namespace}/${model}:${tag}`
  return modelNameSchema.safeParse(name).success ? name : modelNameOf(`${model}-${tag}`)
}

function isWithin(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
