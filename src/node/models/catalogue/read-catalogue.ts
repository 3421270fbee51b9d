import { readFileSync } from 'node:fs'
import { emptyCatalogue, parseCatalogue } from '../../../protocol/catalogue/parse.ts'
import type { Catalogue } from '../../../protocol/catalogue/schema.ts'
import type { Logger } from '../../logs/contract.ts'
import { readKeptCatalogue } from './kept-catalogue.ts'
import { catalogueKeys } from './signature.ts'

export interface ReadCatalogueInit {
  /** The file that comes with the program; undefined where it comes without. */
  readonly builtInPath: string | undefined
  /** The data folder's, fetched at some time. */
  readonly keptPath: string
  /** The setting. */
  readonly catalogueKey: string
  /** Says nothing where absent. */
  readonly logger?: Logger
}

export interface ReadCatalogue {
  readonly catalogue: Catalogue
  readonly origin: 'built-in' | 'fetched'
  /** Of the fetched one. */
  readonly signature?: string
}

/** Both keys that a catalogue may be signed with. */
export function keysWith(catalogueKey: string): readonly string[] {
  return catalogueKey === '' ? catalogueKeys : [...catalogueKeys, catalogueKey]
}

/**
 * The newer of the program's own catalogue and the fetched one, whose signature must still hold. One that cannot be used is
 * told in the log and left out; without any, names stay as they are and there are no groups.
 */
export function readCatalogue({
  builtInPath,
  keptPath,
  catalogueKey,
  logger,
}: ReadCatalogueInit): ReadCatalogue {
  const builtIn = readBuiltIn(builtInPath, logger)
  try {
    const kept = readKeptCatalogue(keptPath, keysWith(catalogueKey))
    if (kept !== undefined && isNewer(kept.catalogue, builtIn))
      return { catalogue: kept.catalogue, origin: 'fetched', signature: kept.signature }
  } catch (error) {
    logger?.warn('The catalogue of models that was fetched cannot be used; the built-in one counts', {
      error,
    })
  }
  return { catalogue: builtIn, origin: 'built-in' }
}

export function isNewer(catalogue: Catalogue, than: Catalogue): boolean {
  return Date.parse(catalogue.issuedAt) > Date.parse(than.issuedAt)
}

function readBuiltIn(path: string | undefined, logger: Logger | undefined): Catalogue {
  if (path === undefined) return emptyCatalogue
  try {
    return parseCatalogue(readFileSync(path, 'utf8'))
  } catch (error) {
    logger?.error('The catalogue of models that comes with the program cannot be read', { path, error })
    return emptyCatalogue
  }
}
