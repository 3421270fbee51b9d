import type { EarningsView } from '../../protocol/earnings-views.ts'
import type { ReachabilityLevel } from '../../protocol/network-views.ts'
import type { ModelView, NodeStatusView } from '../../protocol/views.ts'
import type { ViewName } from '../app/routes.ts'
import { plural } from './numbers.ts'

/** One thing that must be right for this computer to earn. */
export interface HealthCheck {
  readonly id: 'inference' | 'models' | 'peers' | 'paid'
  readonly state: 'good' | 'waiting' | 'bad'
  readonly text: string
  readonly view: ViewName
}

const inferenceWords = {
  ready: ['good', 'Inference is running'],
  starting: ['waiting', 'Inference is starting'],
  restarting: ['waiting', 'Inference restarts after a crash'],
  broken: ['bad', 'Inference keeps crashing'],
  stopped: ['waiting', 'Inference is stopped'],
} as const

export function healthChecks(
  status: NodeStatusView,
  models: readonly ModelView[],
  earnings: EarningsView | undefined,
  reach: ReachabilityLevel | undefined,
): HealthCheck[] {
  return [inference(status), modelsReady(models), peers(status, reach), paid(earnings)]
}

function inference({ inference: { state, reason } }: NodeStatusView): HealthCheck {
  const [health, text] = inferenceWords[state]
  return {
    id: 'inference',
    state: health,
    text: reason === undefined ? text : `${text}: ${reason}`,
    view: 'logs',
  }
}

function modelsReady(models: readonly ModelView[]): HealthCheck {
  const ready = models.filter((model) => model.state === 'ready' || model.state === 'idle').length
  const failed = models.filter((model) => model.state === 'failed').length
  const loading = models.filter((model) => model.state === 'loading').length
  if (failed > 0)
    return { id: 'models', state: 'bad', text: `${plural(failed, 'model')} failed to load`, view: 'models' }
  const suspended = models.filter((model) => model.state === 'suspended').length
  if (suspended > 0) {
    const text = `${plural(suspended, 'model')} suspended: the GPU is missing`
    return { id: 'models', state: 'bad', text, view: 'models' }
  }
  if (ready > 0)
    return { id: 'models', state: 'good', text: `${plural(ready, 'model')} ready`, view: 'models' }
  if (loading > 0)
    return { id: 'models', state: 'waiting', text: `${plural(loading, 'model')} loading`, view: 'models' }
  return { id: 'models', state: 'bad', text: 'No model is loaded', view: 'models' }
}

function peers(status: NodeStatusView, reach: ReachabilityLevel | undefined): HealthCheck {
  const isIn = status.phase === 'online' || status.phase === 'paused'
  if (!isIn) return { id: 'peers', state: 'waiting', text: 'Not connected', view: 'network' }
  if (status.peers === 0)
    return { id: 'peers', state: 'waiting', text: 'No other computer found yet', view: 'network' }
  const isCalled = reach !== 'outgoing'
  return {
    id: 'peers',
    state: isCalled ? 'good' : 'waiting',
    text: `Connected to ${plural(status.peers, 'peer')}${isCalled ? '' : ', but none can call'}`,
    view: 'network',
  }
}

function paid(earnings: EarningsView | undefined): HealthCheck {
  if (earnings === undefined)
    return { id: 'paid', state: 'waiting', text: 'Reading the ledger', view: 'earnings' }
  const { unpaidTasks } = earnings
  return unpaidTasks === 0
    ? { id: 'paid', state: 'good', text: 'No task went unpaid', view: 'earnings' }
    : { id: 'paid', state: 'bad', text: `${plural(unpaidTasks, 'task')} not paid`, view: 'earnings' }
}
