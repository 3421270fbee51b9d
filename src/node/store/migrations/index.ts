import type { Migration } from '../contract.ts'
import { migration as settings } from './001-settings.ts'
import { migration as ledger } from './002-ledger.ts'
import { migration as models } from './003-models.ts'
import { migration as nodeTasks } from './004-node-tasks.ts'
import { migration as requests } from './005-requests.ts'
import { migration as secrets } from './006-secrets.ts'
import { migration as taskProgress } from './007-task-progress.ts'
import { migration as testRuns } from './008-test-runs.ts'
import { migration as pulls } from './009-pulls.ts'
import { migration as localModels } from './010-local-models.ts'
import { migration as fit } from './011-fit.ts'
import { migration as devices } from './012-devices.ts'
import { migration as residency } from './013-residency.ts'
import { migration as sampling } from './014-sampling.ts'
import { migration as volume } from './015-volume.ts'
import { migration as money } from './016-money.ts'
import { migration as trust } from './017-trust.ts'
import { migration as mailbox } from './018-mailbox.ts'
import { migration as peers } from './019-peers.ts'
import { migration as evidence } from './020-evidence.ts'
import { migration as recovery } from './021-recovery.ts'

/** Every step of the schema, oldest first. Each part of the node writes the steps of its own tables. */
export const migrations: readonly Migration[] = [
  settings,
  ledger,
  models,
  nodeTasks,
  requests,
  secrets,
  taskProgress,
  testRuns,
  pulls,
  localModels,
  fit,
  devices,
  residency,
  sampling,
  volume,
  money,
  trust,
  mailbox,
  peers,
  evidence,
  recovery,
]
