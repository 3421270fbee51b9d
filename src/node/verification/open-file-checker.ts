import type { Workflow } from '../../protocol/workflow/schema.ts'
import type { ChildLauncher } from '../inference/contract.ts'
import { createInferenceSupervisor } from '../inference/supervisor.ts'
import type { Logger } from '../logs/contract.ts'
import { ModelRows } from '../models/model-rows.ts'
import { weightsDigest } from '../models/weights-digest.ts'
import type { Store } from '../store/contract.ts'
import { FileModels } from './check-models.ts'
import type { Checker } from './contract.ts'
import { OwnModelChecker } from './own-model.ts'

/**
 * A checker with an inference process of its own, for those who only ask. The process starts with the first check.
 * Throws `model_not_found`, `model_invalid`.
 */
export async function openFileChecker(
  components: {
    readonly store: Store
    readonly launch: ChildLauncher
    readonly parseWorkflow: (json: string) => Workflow
    readonly logger: Logger
  },
  init: { readonly paths: readonly string[] },
  options: { signal: AbortSignal },
): Promise<{ readonly checker: Checker; close(): Promise<void> }> {
  const { store, launch, parseWorkflow, logger } = components
  const engine = createInferenceSupervisor({ launch, logger: logger.scope('inference') })
  const rows = new ModelRows(store)
  const digestOf = (path: string, { signal }: { signal: AbortSignal }) =>
    weightsDigest(path, rows, { signal })
  const models = await FileModels.open({ engine, digestOf }, init, options)
  return {
    checker: new OwnModelChecker({ engine, models, parseWorkflow }),
    close: () => engine.stop(),
  }
}
