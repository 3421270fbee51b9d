import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { DriadError } from '../errors.ts'
import { GgufCursor } from './gguf-cursor.ts'
import { ggufLimits } from './gguf-limits.ts'
import { type GgufMetadata, readMetadata } from './gguf-metadata.ts'
import { readTensors, type TensorSummary, type WeightBytes } from './gguf-tensors.ts'
import type { ModelShape } from './model-shape.ts'
import { shapeOf } from './shape-of.ts'
import { fileTypes } from './tensor-types.ts'

/** What a model file says of itself. */
export interface GgufInfo {
  readonly path: string
  readonly sizeBytes: number
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

/**
 * Reads the head of a GGUF and checks that the file holds all the weights that the head lists.
 * Takes milliseconds and a quarter of a megabyte, whatever is in the file.
 * Throws `model_not_found` or `model_invalid` with what is wrong, or the signal's reason.
 */
export async function inspectGguf(path: string, options: { signal?: AbortSignal } = {}): Promise<GgufInfo> {
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
): Promise<GgufInfo> {
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
  refuseOtherKinds(metadata, tensorCount)
  const tensors = await readTensors(cursor, tensorCount)
  checkComplete(metadata, tensors, cursor.offset, sizeBytes)

  const architecture = text(metadata, 'general.architecture') ?? ''
  const name = text(metadata, 'general.name')
  const licence = text(metadata, 'general.license')
  const contextLength = count(metadata, `${architecture}.context_length`)
  const layerCount = count(metadata, `${architecture}.block_count`)
  const temperature = metadata.get('general.sampling.temp')
  const pooling = metadata.get(`${architecture}.pooling_type`)
  const shape = shapeOf(metadata)
  return {
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
function refuseOtherKinds(metadata: GgufMetadata, tensorCount: number): void {
  const architecture = text(metadata, 'general.architecture')
  if (architecture === undefined || architecture === '') {
    throw new DriadError('model_invalid', 'The file names no architecture, so it holds no model')
  }
  const type = text(metadata, 'general.type')
  if (type !== undefined && type !== 'model') {
    throw new DriadError(
      'model_invalid',
      `The file holds no language model (its type is ${JSON.stringify(type)})`,
    )
  }
  const parts = count(metadata, 'split.count') ?? 1
  if (parts > 1) {
    throw new DriadError(
      'model_invalid',
      `The file is one of ${parts} parts of a model; join them with \`llama-gguf-split --merge\``,
    )
  }
  if (tensorCount === 0) throw new DriadError('model_invalid', 'The file holds no weights')
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
