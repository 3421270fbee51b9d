import { t } from '../../locales/translate.ts'
import type { EarningsView } from '../../protocol/earnings-views.ts'
import type { ReachabilityLevel } from '../../protocol/network-views.ts'
import type { ModelView, NodeStatusView } from '../../protocol/views.ts'
import type { ViewName } from '../app/routes.ts'

/** One thing that must be right for this computer to earn. */
export interface HealthCheck {
  readonly id: 'inference' | 'models' | 'peers' | 'paid'
  readonly state: 'good' | 'waiting' | 'bad'
  readonly text: string
  readonly view: ViewName
}

const inferenceStates = {
  ready: 'good',
  starting: 'waiting',
  restarting: 'waiting',
  broken: 'bad',
  stopped: 'waiting',
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
  const what = t(`health:inference.${state}`)
  const text = reason === undefined ? what : t('common:because', { what, why: reason })
  return { id: 'inference', state: inferenceStates[state], text, view: 'logs' }
}

function modelsReady(models: readonly ModelView[]): HealthCheck {
  const ready = models.filter((model) => model.state === 'ready' || model.state === 'idle').length
  const failed = models.filter((model) => model.state === 'failed').length
  const loading = models.filter((model) => model.state === 'loading').length
  const suspended = models.filter((model) => model.state === 'suspended').length
  const check = (state: HealthCheck['state'], text: string): HealthCheck => ({
    id: 'models',
    state,
    text,
    view: 'models',
  })
  if (failed > 0) return check('bad', t('health:models.failed', { count: failed }))
  if (suspended > 0) return check('bad', t('health:models.suspended', { count: suspended }))
  if (ready > 0) return check('good', t('health:models.ready', { count: ready }))
  if (loading > 0) return check('waiting', t('health:models.loading', { count: loading }))
  return check('bad', t('health:models.none'))
}

function peers(status: NodeStatusView, reach: ReachabilityLevel | undefined): HealthCheck {
  const isIn = status.phase === 'online' || status.phase === 'paused'
  const check = (state: HealthCheck['state'], text: string): HealthCheck => ({
    id: 'peers',
    state,
    text,
    view: 'network',
  })
  if (!isIn) return check('waiting', t('health:peers.notConnected'))
  if (status.peers === 0) return check('waiting', t('health:peers.none'))
  return reach === 'outgoing'
    ? check('waiting', t('health:peers.noneCanCall', { count: status.peers }))
    : check('good', t('health:peers.connected', { count: status.peers }))
}

function paid(earnings: EarningsView | undefined): HealthCheck {
  if (earnings === undefined)
    return { id: 'paid', state: 'waiting', text: t('health:paid.reading'), view: 'earnings' }
  const { unpaidTasks } = earnings
  return unpaidTasks === 0
    ? { id: 'paid', state: 'good', text: t('health:paid.all'), view: 'earnings' }
    : {
        id: 'paid',
        state: 'bad',
        text: t('health:paid.unpaid', { count: unpaidTasks }),
        view: 'earnings',
      }
}
