import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { identityOf } from './file-identity.ts'
import type { ScanBudget } from './scan-budget.ts'

/**
 * The files of a folder and of the folders in it, those that links lead to included, each folder once. What cannot be
 * read is skipped. Hidden folders are programs' own, and left out.
 */
export async function* walkFolder(
  root: string,
  budget: ScanBudget,
  wanted: (name: string) => boolean,
): AsyncGenerator<string> {
  yield* walk(root, 0, new Set(), budget, wanted)
}

async function* walk(
  folder: string,
  depth: number,
  seen: Set<string>,
  budget: ScanBudget,
  wanted: (name: string) => boolean,
): AsyncGenerator<string> {
  if (!budget.look(folder)) return
  let names: { name: string; isFolder: boolean; isLink: boolean }[]
  try {
    const identity = identityOf(await stat(folder, { bigint: true }))
    if (seen.has(identity)) return
    seen.add(identity)
    names = await namesIn(folder, budget)
  } catch (error) {
    budget.check()
    budget.skipAfter(error, folder)
    return
  }
  for (const { name, isFolder, isLink } of names) {
    const path = join(folder, name)
    const kind = isLink ? await kindOf(path, budget, wanted(name)) : isFolder ? 'folder' : 'file'
    if (kind === 'file' && wanted(name)) yield path
    if (kind !== 'folder' || name.startsWith('.')) continue
    if (depth + 1 > budget.depth) budget.skip(path, 'too_deep', { count: budget.depth })
    else yield* walk(path, depth + 1, seen, budget, wanted)
  }
}

/** Sorted, so that a scan finds the same in the same order. */
async function namesIn(folder: string, budget: ScanBudget) {
  const names: { name: string; isFolder: boolean; isLink: boolean }[] = []
  for await (const entry of await opendir(folder)) {
    if (!budget.look(join(folder, entry.name))) break
    names.push({ name: entry.name, isFolder: entry.isDirectory(), isLink: entry.isSymbolicLink() })
  }
  return names.sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function kindOf(
  path: string,
  budget: ScanBudget,
  tell: boolean,
): Promise<'file' | 'folder' | undefined> {
  try {
    const stats = await stat(path)
    return stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : undefined
  } catch (error) {
    if (tell) budget.skipAfter(error, path)
    return undefined
  }
}
