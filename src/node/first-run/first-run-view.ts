import type {
  BackupView,
  ChosenModelView,
  FailureView,
  FirstRunView,
  SelfTestView,
  SetUpState,
  SetUpTask,
} from '../../protocol/first-run-views.ts'
import { setUpTasks } from '../../protocol/first-run-views.ts'
import type { PullView } from '../../protocol/pull-views.ts'
import type { SettingValues } from '../settings/schema.ts'
import type { FirstRunProgress } from './progress.ts'

/** What the state of the set-up is worked out of. */
export interface FirstRunFacts {
  readonly progress: FirstRunProgress
  readonly backup: SettingValues['identityBackup']
  readonly peerId: string
  /** Whether it was a node before this version asked. */
  readonly wasNode: boolean
  readonly isOnline: boolean
  /** Whether it is on its way to the network, now or by itself at the next start. */
  readonly joins: boolean
  readonly pulls: readonly PullView[]
  readonly hasModel: (name: string) => boolean
  readonly test: SelfTestView
  /** Why the model could not be asked for at the last try. */
  readonly problem: FailureView | undefined
}

export function firstRunView(facts: FirstRunFacts): FirstRunView {
  const { progress } = facts
  const isNode = progress.joined || facts.wasNode
  const model = chosenModel(facts)
  const backup = backupView(facts)
  const test: SelfTestView = {
    ...facts.test,
    ...(progress.testPassedAtMs !== undefined && { passedAtMs: progress.testPassedAtMs }),
  }
  const states: Readonly<Record<SetUpTask, SetUpState>> = {
    model: modelState(model),
    key: backup.state === 'done' ? 'done' : 'open',
    test: test.state === 'running' ? 'running' : progress.testPassedAtMs === undefined ? 'open' : 'done',
    online: facts.isOnline || isNode ? 'done' : facts.joins ? 'running' : 'open',
  }
  return {
    stage: progress.stage === 'new' && isNode ? 'done' : progress.stage,
    step: progress.step,
    model,
    backup,
    test,
    tasks: setUpTasks.map((id) => ({
      id,
      state: id === 'test' && states.test === 'open' && progress.left.includes('test') ? 'left' : states[id],
    })),
    dismissed: progress.dismissed,
  }
}

function chosenModel({ progress, pulls, hasModel, problem }: FirstRunFacts): ChosenModelView {
  const { state, name } = progress.model
  if (state === 'open') return { state: progress.left.includes('model') ? 'left' : 'open' }
  if (state === 'unsuitable') return { state }
  const why = problem === undefined ? {} : { problem }
  if (name === undefined) return { state: problem === undefined ? 'choosing' : 'waiting', ...why }
  if (hasModel(name)) return { state: 'here', name }
  const pull = pulls.findLast((one) => one.name === name)
  if (pull !== undefined && pull.state !== 'cancelled') return { state: 'coming', name, pullId: pull.id }
  // Cancelled, or taken off the list: somebody does without it after all.
  return state === 'asked' ? { state: 'left', name } : { state: 'waiting', name, ...why }
}

function modelState({ state }: ChosenModelView): SetUpState {
  switch (state) {
    case 'here':
      return 'done'
    case 'coming':
    case 'choosing':
      return 'running'
    case 'waiting':
      return 'waiting'
    // The built-in one is what there is.
    case 'left':
    case 'unsuitable':
      return 'left'
    case 'open':
      return 'open'
  }
}

/** What is known of the key's last backup; one of another key is none. */
export function backupView({ backup, peerId }: Pick<FirstRunFacts, 'backup' | 'peerId'>): BackupView {
  if (backup === null || backup.peerId !== peerId) return { state: 'none' }
  const { path, atMs, verified } = backup
  return { state: verified ? 'done' : 'unverified', path, atMs }
}
