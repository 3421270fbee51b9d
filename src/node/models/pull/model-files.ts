import { DriadError } from '../../../protocol/errors.ts'
import { splitNameOf, splitPaths } from '../../../protocol/gguf/split-names.ts'

/** A file as a repository lists it. */
export interface RepositoryFile {
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string | undefined
}

/** What is taken where nobody says which quantisation. */
const USUAL = ['Q4_K_M', 'Q4_0', 'Q8_0', 'F16']
/** Names in a message. */
const MAX_TOLD = 24
/** GGUF files that are no models: vision parts, and data for quantising. */
const NO_MODEL = /(^|[-._/])(mmproj|imatrix)/i

/** The files of one quantisation, in order. Throws `model_not_found` with what there is instead. */
export function filesOfQuantisation(
  files: readonly RepositoryFile[],
  quantisation: string | undefined,
  repository: string,
): RepositoryFile[] {
  const models = modelsOf(files)
  if (models.length === 0)
    throw new DriadError(
      'model_not_found',
      `${repository} has no GGUF files; models in other formats cannot be used`,
    )
  if (quantisation === undefined && models.length === 1) return whole(models[0] ?? [], files)
  for (const wanted of quantisation === undefined ? USUAL : [quantisation]) {
    const found = bestOf(models, wanted)
    if (found !== undefined) return whole(found, files)
  }
  const names = models.map(([first]) => first?.path ?? '')
  const told = `${names.slice(0, MAX_TOLD).join(', ')}${names.length > MAX_TOLD ? ' and more' : ''}`
  const wish =
    quantisation === undefined ? 'none of the usual quantisations; say which' : `no ${quantisation}`
  throw new DriadError('model_not_found', `${repository} has ${wish}. There are ${told}`)
}

/** A file, or all parts where it is one of them. Throws `model_not_found`. */
export function filesOfPath(
  files: readonly RepositoryFile[],
  path: string,
  repository: string,
): RepositoryFile[] {
  const file = files.find((candidate) => candidate.path === path)
  if (file !== undefined) return whole([file], files)
  const near = modelsOf(files).map(([first]) => first?.path ?? '')
  const told = near.length === 0 ? '' : `. There are ${near.slice(0, MAX_TOLD).join(', ')}`
  throw new DriadError('model_not_found', `${repository} has no file ${path}${told}`)
}

/** Each model by its first file. */
function modelsOf(files: readonly RepositoryFile[]): RepositoryFile[][] {
  return files
    .filter(
      ({ path }) => /\.gguf$/i.test(path) && !NO_MODEL.test(path) && (splitNameOf(path)?.part ?? 1) === 1,
    )
    .map((file) => [file])
}

/** Of those whose name has the quantisation, the one whose name ends in it, then the shortest. */
function bestOf(models: readonly RepositoryFile[][], quantisation: string): RepositoryFile[] | undefined {
  const word = quantisation.replace(/[^A-Za-z0-9]/g, (sign) => `\\${sign}`)
  const contains = new RegExp(`(^|[-._/])${word}([-./]|$)`, 'i')
  const rank = (path: string) => {
    const stem = splitNameOf(path)?.prefix ?? path.replace(/\.gguf$/i, '')
    return (new RegExp(`(^|[-._])${word}$`, 'i').test(stem) ? 0 : 10_000) + path.length
  }
  return models
    .filter(([first]) => contains.test(first?.path ?? ''))
    .sort(([a], [b]) => rank(a?.path ?? '') - rank(b?.path ?? ''))[0]
}

/** With all parts, where the model is split. */
function whole(model: readonly RepositoryFile[], files: readonly RepositoryFile[]): RepositoryFile[] {
  const [first] = model
  const split = splitNameOf(first?.path ?? '')
  if (first === undefined || split === undefined) return [...model]
  return splitPaths(split).map((path) => {
    const part = files.find((candidate) => candidate.path === path)
    if (part !== undefined) return part
    throw new DriadError('model_not_found', `The model is split, and its part ${path} is not there`)
  })
}
