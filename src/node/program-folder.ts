import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The folder that has `resources` and `out`: found upwards from this file, which the build may put into a chunk. Undefined
 * where this code was bundled into another program.
 */
export function findProgramFolder(): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'resources', 'models'))) {
    const parent = dirname(folder)
    if (parent === folder) return undefined
    folder = parent
  }
  return folder
}

/** The catalogue that comes with the program. */
export function builtInCataloguePath(programFolder: string): string {
  return join(programFolder, 'resources', 'models', 'catalogue.json')
}
