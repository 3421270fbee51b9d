import { join } from 'node:path'
import type { IdentityVault } from '../node/identity/identity-file.ts'
import type { ChildLauncher } from '../node/inference/contract.ts'
import { forkInferenceChild } from '../node/inference/fork-child.ts'
import type { Logger } from '../node/logs/contract.ts'
import { builtInCataloguePath, findProgramFolder } from '../node/program-folder.ts'
import { DriadError } from '../protocol/errors.ts'

/** What differs between the programs that the command line runs in: Node's, and the installed app's. */
export interface CliHost {
  /** How the process with llama.cpp is started. */
  inferenceLauncher(logger: Logger): ChildLauncher
  /** Seals and opens identities as the app does; undefined where the command line cannot. */
  readonly vault?: IdentityVault | undefined
}

/** The command line in a Node of its own: `bin/driad` of a clone. */
export const nodeHost: CliHost = {
  inferenceLauncher: (logger) =>
    forkInferenceChild({
      entry: join(programFolder(), 'out', 'main', 'inference-child.js'),
      logger: logger.scope('inference'),
    }),
}

function programFolder(): string {
  const folder = findProgramFolder()
  if (folder === undefined)
    throw new DriadError('internal', 'The program is incomplete: its resources are missing')
  return folder
}

export function builtInModelPath(): string {
  return join(programFolder(), 'resources', 'models', 'demo-1m.gguf')
}

export function cataloguePath(): string {
  return builtInCataloguePath(programFolder())
}
