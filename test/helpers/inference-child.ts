import { fileURLToPath } from 'node:url'
import type { ChildLauncher } from '../../src/node/inference/contract.ts'
import { forkInferenceChild } from '../../src/node/inference/fork-child.ts'
import type { Logger } from '../../src/node/logs/contract.ts'

const entry = fileURLToPath(new URL('../../src/inference-child/index.ts', import.meta.url))

/** The real inference child, run from its sources: no build can be out of date. */
export function launchInferenceChild(logger: Logger, env: NodeJS.ProcessEnv = {}): ChildLauncher {
  return forkInferenceChild({
    entry,
    logger,
    env: {
      NODE_OPTIONS: '--experimental-transform-types --disable-warning=ExperimentalWarning',
      ...env,
    },
  })
}
