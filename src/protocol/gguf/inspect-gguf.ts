import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import { DriadError } from '../errors.ts'
import { GgufCursor } from './gguf-cursor.ts'
import { ggufLimits } from './gguf-limits.ts'
import { type GgufMetadata, readMetadata } from './gguf-metadata.ts'
import { readTensors, type TensorSummary, type WeightBytes } from './gguf-tensors.ts'
import type { ModelShape } from './model-shape.ts'
import { refuseImplausible } from './plausible-model.ts'
import { shapeOf } from './shape-of.ts'
import { MAX_SPLIT_PARTS, splitNameOf, splitPaths } from './split-names.ts'
import { fileTypes } from './tensor-types.ts'

/** What a model file says of itself. */
export interface GgufInfo {
  readonly path: string
  /** Of all parts, where the model is split. */
  readonly sizeBytes: number
  /** How many files it is split into, where it is more than one. `path` is the first. */
  readonly partCount?: number
  /** Of the GGUF format. */
  readonly version: number
  readonly architecture: string
  readonly name?: string
  readonly licence?: string
  /** `F16`, `Q4_K_M`... as in file names. */
  readonly quantisation: string
  readonly parameterCount: number
  readonly tensorCount: number
  readonly metadataCount: number
  /** Tokens that the model was trained on at once. */
  readonly contextLength?: number
  readonly layerCount?: number
  readonly hasChatTemplate: boolean
  /** How an embedding model makes one vector of many, as llama.cpp numbers it. Absent for other models. */
  readonly pooling?: number
  /** Sampling temperature that its makers advise. */
  readonly temperature?: number
  readonly weights: WeightBytes
  /** What its memory depends on; absent where the file does not say how many layers of what width there are. */
  readonly shape?: ModelShape
}

/** What one file holds: a model, or a part of one. */
interface InspectedFile {
  readonly info: GgufInfo
  /** Where it is one of several parts, from 0. */
  readonly split?: { readonly no: number; readonly count: number; readonly tensorCount: number | undefined }
}

/**
 * Reads the head of a GGUF and checks that the file holds all the weights that the head lists.
 * Takes milliseconds and a quarter of a megabyte, whatever is in the file. Of a split model the first part is to be given;
 * the others are looked at, too, and sizes are of all together.
 * Throws `model_not_found` or `model_invalid` with what is wrong, or the signal's reason.
 */
export async function inspectGguf(path: string, options: { signal?: AbortSignal } = {}): Promise<GgufInfo> {
  const { info, split } = await inspectFile(path, options)
  if (split === undefined) return info
  const others = otherPartsOf(path, split)
  let { sizeBytes, parameterCount, tensorCount, weights } = info
  for (const [index, other] of others.entries()) {
    const part = await inspectPart(other, index + 1, split.count, options)
    sizeBytes += part.sizeBytes
    parameterCount += part.parameterCount
    tensorCount += part.tensorCount
    weights = sumOf(weights, part.weights)
  }
  if (tensorCount === 0) throw new DriadError('model_invalid', `${path}: The parts hold no weights`)
  if (split.tensorCount !== undefined && split.tensorCount !== tensorCount) {
    const message = `${path}: The parts hold ${tensorCount} of the model's ${split.tensorCount} tensors: they are not of one model`
    throw new DriadError('model_invalid', message)
  }
  return { ...info, sizeBytes, parameterCount, tensorCount, weights, partCount: split.count }
}

function sumOf(one: WeightBytes, other: WeightBytes): WeightBytes {
  return {
    all: one.all + other.all,
    input: one.input + other.input,
    output: one.output + other.output,
    experts: one.experts + other.experts,
  }
}

/** Where the parts after the first are. */
function otherPartsOf(path: string, split: NonNullable<InspectedFile['split']>): string[] {
  const name = splitNameOf(path)
  if (name === undefined || name.parts !== split.count || name.part !== split.no + 1) {
    throw new DriadError(
      'model_invalid',
      `${path} is part ${split.no + 1} of ${split.count} of a model, and its name does not say so. The parts are found by their names, which end in ${basename(splitPaths({ prefix: 'name', part: 1, parts: Math.min(split.count, MAX_SPLIT_PARTS) })[0] ?? '')} and so on`,
    )
  }
  const [first = '', ...others] = splitPaths(name)
  if (name.part !== 1) {
    const message = `${path} is part ${name.part} of ${name.parts} of a model; give the first one, ${basename(first)}`
    throw new DriadError('model_invalid', message)
  }
  return others
}

async function inspectPart(
  path: string,
  no: number,
  count: number,
  options: { signal?: AbortSignal },
): Promise<GgufInfo> {
  try {
    const { info, split } = await inspectFile(path, options)
    if (split?.no === no && split.count === count) return info
  } catch (cause) {
    if (!(cause instanceof DriadError) || cause.code !== 'model_not_found') throw cause
    const message = `Part ${no + 1} of ${count} of the model is missing: there is no file ${path}`
    throw new DriadError('model_invalid', message, { cause })
  }
  throw new DriadError(
    'model_invalid',
    `${path} is not part ${no + 1} of ${count} of the model, as its name says`,
  )
}

async function inspectFile(path: string, options: { signal?: AbortSignal }): Promise<InspectedFile> {
  const handle = await openModelFile(path)
  try {
    const stats = await handle.stat()
    if (stats.isDirectory()) throw new DriadError('model_invalid', `${path} is a folder, not a GGUF file`)
    if (!stats.isFile()) throw new DriadError('model_invalid', `${path} is not a regular file`)
    if (stats.size === 0) throw new DriadError('model_invalid', `${path} is empty`)
    return await readInfo(handle, path, stats.size, options.signal)
  } catch (error) {
    if (error instanceof DriadError && error.code === 'model_invalid' && !error.message.startsWith(path)) {
      throw new DriadError('model_invalid', `${path}: ${error.message}`, { cause: error })
    }
    throw error
  } finally {
    await handle.close()
  }
}

async function openModelFile(path: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for somebody to write into it.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new DriadError('model_not_found', `There is no file ${path}`, { cause })
    }
    if (code === 'EISDIR')
      throw new DriadError('model_invalid', `${path} is a folder, not a GGUF file`, { cause })
    throw new DriadError('model_invalid', `${path} cannot be read (${code ?? String(cause)})`, { cause })
  }
}

async function readInfo(
  handle: FileHandle,
  path: string,
  sizeBytes: number,
  signal: AbortSignal | undefined,
): Promise<InspectedFile> {
  const cursor = new GgufCursor(handle, Math.min(sizeBytes, ggufLimits.headBytes), signal)
  const version = await readVersion(cursor, sizeBytes)
  const tensorCount = await cursor.u64('the tensor count')
  const metadataCount = await cursor.u64('the metadata count')
  if (tensorCount > ggufLimits.tensors || metadataCount > ggufLimits.metadataKeys) {
    throw new DriadError(
      'model_invalid',
      `The file is damaged: it claims ${tensorCount} tensors and ${metadataCount} metadata keys`,
    )
  }
  const metadata = await readMetadata(cursor, metadataCount)
  const split = splitOf(metadata)
  refuseOtherKinds(metadata, tensorCount, split)
  const tensors = await readTensors(cursor, tensorCount)
  checkComplete(metadata, tensors, cursor.offset, sizeBytes)
  refuseImplausible(metadata, tensors)

  const architecture = text(metadata, 'general.architecture') ?? ''
  const name = text(metadata, 'general.name')
  const licence = text(metadata, 'general.license')
  const contextLength = count(metadata, `${architecture}.context_length`)
  const layerCount = count(metadata, `${architecture}.block_count`)
  const temperature = metadata.get('general.sampling.temp')
  const pooling = metadata.get(`${architecture}.pooling_type`)
  const shape = shapeOf(metadata)
  const info: GgufInfo = {
    path,
    sizeBytes,
    version,
    architecture,
    ...(name !== undefined && { name }),
    ...(licence !== undefined && { licence }),
    quantisation: quantisationOf(metadata, tensors),
    parameterCount: tensors.parameterCount,
    tensorCount,
    metadataCount,
    ...(contextLength !== undefined && { contextLength }),
    ...(layerCount !== undefined && { layerCount }),
    hasChatTemplate: hasText(metadata, 'tokenizer.chat_template'),
    ...(typeof pooling === 'number' && pooling > 0 && { pooling }),
    ...(typeof temperature === 'number' && Number.isFinite(temperature) && { temperature }),
    weights: tensors.weights,
    ...(shape !== undefined && { shape }),
  }
  return { info, ...(split !== undefined && { split }) }
}

/** Keys of llama.cpp's `gguf-split`. */
function splitOf(metadata: GgufMetadata): InspectedFile['split'] {
  const parts = count(metadata, 'split.count') ?? 1
  if (parts <= 1) return undefined
  const no = count(metadata, 'split.no')
  if (no === undefined || no >= parts || parts > MAX_SPLIT_PARTS)
    throw new DriadError(
      'model_invalid',
      `The file is damaged: it is one of ${parts} parts of a model and does not say which`,
    )
  return { no, count: parts, tensorCount: count(metadata, 'split.tensors.count') }
}

async function readVersion(cursor: GgufCursor, sizeBytes: number): Promise<number> {
  const magic = sizeBytes < 4 ? 0 : await cursor.u32('the magic number')
  if (magic !== 0x46554747)
    throw new DriadError('model_invalid', 'This is not a GGUF file (it does not begin with "GGUF")')
  const version = await cursor.u32('the version')
  if (version === 2 || version === 3) return version
  if (version === 0x02000000 || version === 0x03000000) {
    throw new DriadError('model_invalid', 'This GGUF was made for big-endian computers')
  }
  throw new DriadError('model_invalid', `This GGUF has version ${version}; versions 2 and 3 are understood`)
}

/** A GGUF can also hold adapters, vision parts or a slice of a model, none of which generates text by itself. */
function refuseOtherKinds(metadata: GgufMetadata, tensorCount: number, split: InspectedFile['split']): void {
  // Only the first part says what it is a part of.
  if (split !== undefined && split.no > 0) return
  const architecture = text(metadata, 'general.architecture')
  if (architecture === undefined || architecture === '') {
    throw new DriadError('model_invalid', 'The file names no architecture, so it holds no model')
  }
  // Older files of vision parts have no type.
  if (architecture === 'clip') {
    throw new DriadError(
      'model_invalid',
      'The file holds the part of a model that sees, and no language model',
    )
  }
  const type = text(metadata, 'general.type')
  if (type !== undefined && type !== 'model') {
    throw new DriadError(
      'model_invalid',
      `The file holds no language model (its type is ${JSON.stringify(type)})`,
    )
  }
  // The first part may hold the head alone.
  if (tensorCount === 0 && split === undefined)
    throw new DriadError('model_invalid', 'The file holds no weights')
}

function checkComplete(
  metadata: GgufMetadata,
  tensors: TensorSummary,
  headEnd: number,
  sizeBytes: number,
): void {
  const alignment = count(metadata, 'general.alignment') ?? 32
  if (alignment <= 0 || alignment > ggufLimits.alignmentBytes || (alignment & (alignment - 1)) !== 0) {
    throw new DriadError('model_invalid', `The file is damaged: its alignment is ${alignment}`)
  }
  const end = Math.ceil(headEnd / alignment) * alignment + tensors.dataBytes
  if (end > sizeBytes) {
    throw new DriadError(
      'model_invalid',
      `The file is cut off: it has ${sizeBytes} bytes, the tensor ${tensors.lastTensor} ends at ${end}. Download it again`,
    )
  }
}

function quantisationOf(metadata: GgufMetadata, tensors: TensorSummary): string {
  const named = fileTypes[count(metadata, 'general.file_type') ?? -1]
  if (named !== undefined) return named
  const [most] = [...tensors.elementsByType].sort((a, b) => b[1] - a[1])
  return most?.[0] ?? 'unknown'
}

function text(metadata: GgufMetadata, key: string): string | undefined {
  const value = metadata.get(key)
  return typeof value === 'string' ? value : undefined
}

function hasText(metadata: GgufMetadata, key: string): boolean {
  const value = metadata.get(key)
  if (typeof value === 'string') return value !== ''
  return typeof value === 'object' && 'long' in value
}

function count(metadata: GgufMetadata, key: string): number | undefined {
  const value = metadata.get(key)
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
