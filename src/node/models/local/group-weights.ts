import type { LocalWeightsView } from '../../../protocol/local-model-views.ts'
import type { FileStamp } from '../model-rows.ts'
import type { ScannedFile } from './scan-places.ts'

export interface GroupingInit {
  /** SHA-256 in hex that was made of the file's bytes here, if there is one. */
  readonly digestOf: (file: ScannedFile) => string | undefined
  /** Names under which a file is served already. */
  readonly namesOf: (file: ScannedFile) => readonly string[]
  /** The catalogue's name for a file, where it knows it. */
  readonly matcher: ModelMatcher
}

/** Finds the name that the network knows a file by. */
export type ModelMatcher = (file: {
  readonly path: string
  readonly sizeBytes: number
  /** In hex. */
  readonly sha256?: string
}) => string | undefined

/** The same weights as one: by what file it is, then by the digest that was made here, else by the one that is claimed. */
export function groupWeights(files: readonly ScannedFile[], init: GroupingInit): LocalWeightsView[] {
  const groups = new Map<string, ScannedFile[]>()
  for (const alike of byIdentity(files.map((file) => checked(file, init)))) {
    const key = keyOf(alike, init)
    groups.set(key, [...(groups.get(key) ?? []), ...alike])
  }
  return [...groups.values()]
    .map((group) => weightsOf(group, init))
    .sort(
      (a, b) => Number(b.facts !== undefined) - Number(a.facts !== undefined) || b.sizeBytes - a.sizeBytes,
    )
}

/**
 * Files whose digest would tell whether they are copies: those of one size, since files of different sizes never are.
 * Each file once, whatever its names.
 */
export function undecided(files: readonly ScannedFile[], init: Pick<GroupingInit, 'digestOf'>): FileStamp[] {
  const bySize = new Map<number, ScannedFile[][]>()
  for (const alike of byIdentity(files)) {
    const [first] = alike
    if (first !== undefined) bySize.set(first.sizeBytes, [...(bySize.get(first.sizeBytes) ?? []), alike])
  }
  return [...bySize.values()]
    .filter((groups) => groups.length > 1)
    .flat()
    .filter((alike) => !alike.some((file) => digestOf(file, init) !== undefined))
    .flatMap(([first]) => (first === undefined ? [] : (first.parts ?? [first])))
}

/** What was read is not what its program says it ought to be: it would answer nonsense. */
function checked(file: ScannedFile, init: GroupingInit): ScannedFile {
  const made = init.digestOf(file)
  if (made === undefined || file.claimedSha256 === undefined || made === file.claimedSha256) return file
  const message = `${file.path} is damaged: its SHA-256 is ${made}, and ought to be ${file.claimedSha256}`
  return { ...file, error: { code: 'model_invalid', message } }
}

function byIdentity(files: readonly ScannedFile[]): ScannedFile[][] {
  const groups = new Map<string, ScannedFile[]>()
  for (const file of files) groups.set(file.identity, [...(groups.get(file.identity) ?? []), file])
  return [...groups.values()]
}

/** An empty or damaged file has no weights that could be another's. */
function keyOf(alike: readonly ScannedFile[], init: GroupingInit): string {
  const [first] = alike
  const sha256 = alike.map((file) => digestOf(file, init)).find((digest) => digest !== undefined)
  return sha256 === undefined ? `file ${first?.identity}` : `sha256 ${sha256} ${first?.sizeBytes}`
}

function digestOf(file: ScannedFile, { digestOf: made }: Pick<GroupingInit, 'digestOf'>): string | undefined {
  return made(file) ?? file.claimedSha256
}

function weightsOf(group: readonly ScannedFile[], init: GroupingInit): LocalWeightsView {
  // A program may call a good file unusable that another one has plain.
  const usable = group.filter(({ error }) => error === undefined)
  const places = [...usable, ...group.filter(({ error }) => error !== undefined)]
  const [first] = places
  if (first === undefined) throw new RangeError('A group has a file')
  const made = group.map(init.digestOf).find((digest) => digest !== undefined)
  const sha256 = made ?? group.find(({ claimedSha256 }) => claimedSha256 !== undefined)?.claimedSha256
  const seen = new Set<string>()
  let takenBytes = 0
  const shown = places.map(({ source, path, name, identity, sizeBytes }) => {
    const sameFile = seen.has(identity)
    seen.add(identity)
    if (!sameFile) takenBytes += sizeBytes
    return { source, path, name, sameFile }
  })
  return {
    path: first.path,
    sizeBytes: first.sizeBytes,
    ...(sha256 !== undefined && { sha256, digest: made === undefined ? 'claimed' : 'made' }),
    ...(first.error === undefined && first.facts !== undefined && { facts: first.facts }),
    ...(first.error !== undefined && { error: first.error }),
    places: shown,
    suggestedName: suggestedName(places, sha256, init),
    addedAs: [...new Set(group.flatMap(init.namesOf))],
    takenBytes,
  }
}

/** Ollama's name is what tasks ask for; then the catalogue's; then the file's own. */
function suggestedName(
  places: readonly ScannedFile[],
  sha256: string | undefined,
  { matcher }: GroupingInit,
): string {
  const ollama = places.find(({ source, error }) => source === 'ollama' && error === undefined)
  if (ollama !== undefined) return ollama.name
  for (const { path, sizeBytes } of places) {
    const known = matcher({ path, sizeBytes, ...(sha256 !== undefined && { sha256 }) })
    if (known !== undefined) return known
  }
  return places[0]?.name ?? 'model'
}
