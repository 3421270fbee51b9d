import { join } from 'node:path'
import type { ChildLauncher } from '../node/inference/contract.ts'
import { forkInferenceChild } from '../node/inference/fork-child.ts'
import type { Logger } from '../node/logs/contract.ts'
import { builtInCataloguePath, findProgramFolder } from '../node/program-folder.ts'
import { DriadError } from '../protocol/errors.ts'

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

/** Runs llama.cpp in a child process of Node's. */
export function inferenceLauncher(logger: Logger): ChildLauncher {
  return forkInferenceChild({
    entry: join(programFolder(), 'out', 'main', 'inference-child.js'),
    logger: logger.scope('inference'),
  })
}
