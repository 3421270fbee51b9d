import { readdir, realpath } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { modelNameOf } from '../model-name.ts'
import type { FoundFile } from './found-file.ts'
import type { ModelPlace } from './model-places.ts'
import { isFurtherPart, isGgufName } from './read-plain-store.ts'
import type { ScanBudget } from './scan-budget.ts'
import { walkFolder } from './walk-folder.ts'

/**
 * A cache of Hugging Face's libraries: `models--<owner>--<repository>/snapshots/<revision>/…` are links to `blobs/<hash>`,
 * which for large files is their SHA-256. Where the system has no links, the files themselves are in the snapshots.
 * https://huggingface.co/docs/hub/local-cache
 */
export async function* readHuggingFaceCache(
  place: ModelPlace,
  budget: ScanBudget,
): AsyncGenerator<FoundFile> {
  const root = await realpath(place.path)
  for (const repository of (await readdir(root)).sort()) {
    const folder = join(root, repository)
    if (!budget.look(folder)) return
    if (!repository.startsWith('models--')) continue
    for await (const path of walkFolder(join(folder, 'snapshots'), budget, isGgufName)) {
      if (isFurtherPart(path)) continue
      const file = await fileOf(root, path, budget)
      if (file !== undefined) yield file
    }
  }
}

async function fileOf(root: string, path: string, budget: ScanBudget): Promise<FoundFile | undefined> {
  try {
    const target = await realpath(path)
    if (!target.startsWith(root + sep)) {
      budget.skip(path, 'leads_out')
      return undefined
    }
    const hash = basename(target)
    const isLarge = basename(dirname(target)) === 'blobs' && /^[0-9a-f]{64}$/.test(hash)
    return { source: 'hugging-face', path, name: modelNameOf(path), ...(isLarge && { claimedSha256: hash }) }
  } catch (error) {
    budget.skipAfter(error, path)
    return undefined
  }
}
