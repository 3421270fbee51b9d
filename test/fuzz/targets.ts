import type { FuzzTarget } from './target.ts'
import { addressTargets } from './targets/addresses.ts'
import { ledgerBundle } from './targets/ledger-bundle.ts'
import { modelTargets } from './targets/models.ts'
import { settingsTarget } from './targets/settings.ts'
import { textTargets } from './targets/texts.ts'
import { wireTargets } from './targets/wire.ts'
import { workflowTargets } from './targets/workflows.ts'

export const targets: readonly FuzzTarget[] = [
  ...wireTargets,
  ...workflowTargets,
  ...textTargets,
  ...modelTargets,
  ...addressTargets,
  ledgerBundle,
  settingsTarget,
]
