import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { DriadError } from '../../../protocol/errors.ts'
import { type GgufInfo, inspectGguf } from '../../../protocol/gguf/inspect-gguf.ts'
import { modelFilesOf } from '../../../protocol/gguf/split-names.ts'
import type { LocalModelFacts, LocalModelSource, SkippedView } from '../../../protocol/local-model-views.ts'
import type { FileStamp } from '../model-rows.ts'
import { type FileState, fileState } from './file-identity.ts'
import type { FoundFile } from './found-file.ts'
import type { ModelPlace } from './model-places.ts'
import { readHuggingFaceCache } from './read-hugging-face-cache.ts'
import { readOllamaStore } from './read-ollama-store.ts'
import { readPlainStore } from './read-plain-store.ts'
import { ScanBudget, type ScanLimits, scanLimits } from './scan-budget.ts'

/** A file that was found and looked into. The same file under two names is two of these with one identity. */
export interface ScannedFile extends FoundFile, FileState {
  /** Of a model in several files, these; `path` is the first, and sizes are of all together. */
  readonly parts?: readonly FileStamp[]
  readonly facts?: LocalModelFacts
  readonly error?: { readonly code: DriadError['code']; readonly message: string }
}

export interface ScanResult {
  readonly places: readonly ModelPlace[]
  readonly files: readonly ScannedFile[]
  readonly skipped: readonly SkippedView[]
}

export interface ScanProgress {
  readonly looked: number
  readonly found: number
  readonly at: string
}

export interface ScanOptions {
  readonly signal: AbortSignal
  readonly onProgress?: (progress: ScanProgress) => void
  readonly limits?: Partial<ScanLimits>
}

const readers: Readonly<
  Record<LocalModelSource, (place: ModelPlace, budget: ScanBudget) => AsyncGenerator<FoundFile>>
> = {
  driad: readPlainStore,
  'lm-studio': readPlainStore,
  ollama: readOllamaStore,
  'hugging-face': readHuggingFaceCache,
  'llama.cpp': readPlainStore,
  gpt4all: readPlainStore,
  jan: readPlainStore,
  folder: readPlainStore,
}

/**
 * Looks for models in all places, and into each file's head. Nothing is copied or changed. What is not there is no
 * error; what cannot be read is in `skipped`. Rejects with the signal's reason.
 */
export async function scanPlaces(places: readonly ModelPlace[], options: ScanOptions): Promise<ScanResult> {
  const { signal, onProgress } = options
  const budget = new ScanBudget({ ...scanLimits, ...options.limits }, signal, (at) =>
    onProgress?.({ looked: budget.looked, found: budget.models, at }),
  )
  const files: ScannedFile[] = []
  const looked: ModelPlace[] = []
  const heads = new Map<string, Pick<ScannedFile, 'facts' | 'error'>>()
  for (const place of places) {
    if (!(await isFolder(place, budget))) continue
    looked.push(place)
    try {
      for await (const found of readers[place.source](place, budget)) {
        const state = await stateOf(found, budget)
        if (state === undefined) continue
        if (!budget.find(found.path)) break
        const head = heads.get(state.identity) ?? (await headOf(found.path, signal))
        heads.set(state.identity, head)
        files.push({ ...state, ...head, ...unusable(found) })
      }
    } catch (error) {
      budget.check()
      budget.skipAfter(error, place.path)
    }
  }
  return { places: looked, files, skipped: budget.skipped }
}

async function isFolder({ source, path }: ModelPlace, budget: ScanBudget): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true
    budget.skip(path, 'not_a_folder')
  } catch (error) {
    const missing = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
    // The usual folders of programs that are not here are nothing to tell.
    if (!missing) budget.skipAfter(error, path)
    else if (source === 'folder') budget.skip(path, 'no_folder')
  }
  return false
}

type SeenFile = FoundFile & FileState & Pick<ScannedFile, 'parts'>

/** A part that is missing is told by the look into the first. */
async function stateOf(found: FoundFile, budget: ScanBudget): Promise<SeenFile | undefined> {
  try {
    const first = await fileState(found.path)
    const others = modelFilesOf(found.path).slice(1)
    if (others.length === 0) return { ...found, ...first }
    const states = await Promise.all(others.map((path) => fileState(path).catch(() => undefined)))
    const parts = [first, ...states.filter((state) => state !== undefined)]
    // What is claimed is of the first part alone.
    const { claimedSha256: _, ...rest } = found
    return {
      ...rest,
      ...first,
      sizeBytes: parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      diskBytes: parts.reduce((sum, { diskBytes }) => sum + diskBytes, 0),
      parts: parts.map(({ path, sizeBytes, modifiedAtMs }) => ({ path, sizeBytes, modifiedAtMs })),
    }
  } catch (error) {
    budget.skipAfter(error, found.path)
    return undefined
  }
}

async function headOf(path: string, signal: AbortSignal): Promise<Pick<ScannedFile, 'facts' | 'error'>> {
  try {
    return { facts: factsOf(await inspectGguf(path, { signal })) }
  } catch (cause) {
    signal.throwIfAborted()
    const { code, message } = DriadError.from(cause, 'model_invalid')
    return { error: { code, message } }
  }
}

function factsOf(info: GgufInfo): LocalModelFacts {
  const { architecture, quantisation, parameterCount, hasChatTemplate, contextLength } = info
  return {
    architecture,
    quantisation,
    parameterCount,
    hasChatTemplate,
    ...(contextLength !== undefined && { contextLength }),
  }
}

function unusable({ path, name, unusable: reason }: FoundFile): Pick<ScannedFile, 'error'> {
  if (reason === undefined) return {}
  return { error: { code: 'model_invalid', message: `${name} (${basename(path)}): ${reason}` } }
}
