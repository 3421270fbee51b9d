import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ChildLauncher } from '../node/inference/contract.ts'
import { forkInferenceChild } from '../node/inference/fork-child.ts'
import type { Logger } from '../node/logs/contract.ts'
import { DriadError } from '../protocol/errors.ts'

/** The folder that has `resources` and `out`: found upwards from this file, which the build may put into a chunk. */
function programFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'resources', 'models'))) {
    const parent = dirname(folder)
    if (parent === folder)
      throw new DriadError('internal', 'The program is incomplete: its resources are missing')
    folder = parent
  }
  return folder
}

export function builtInModelPath(): string {
  return join(programFolder(), 'resources', 'models', 'demo-1m.gguf')
}

/** Runs llama.cpp in a child process of Node's. */
export function inferenceLauncher(logger: Logger): ChildLauncher {
  return forkInferenceChild({
    entry: join(programFolder(), 'out', 'main', 'inference-child.js'),
    logger: logger.scope('inference'),
  })
}
