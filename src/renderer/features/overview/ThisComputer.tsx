import { IconAlertTriangle, IconCheck, IconClock, type TablerIcon } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { t } from '../../../locales/translate.ts'
import type { AppInfoView, ModelView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { routeHash } from '../../app/routes.ts'
import { Panel } from '../../components/Panel.tsx'
import { SlotPips } from '../../components/SlotPips.tsx'
import { ToneBadge } from '../../components/StateBadge.tsx'
import type { HealthCheck } from '../../format/health.ts'
import { bytes, rate } from '../../format/numbers.ts'
import { measuredSpeed, modelWords } from '../models/served/model-words.ts'
import { useMemoryUse } from '../models/served/use-memory-use.ts'
import { useModelSpeed } from '../models/served/use-model-speeds.ts'
import classes from './ThisComputer.module.css'

export interface ThisComputerProps {
  readonly models: readonly ModelView[]
  readonly checks: readonly HealthCheck[]
}

/** Most models listed here; the Models view has all of them. */
const SHOWN_MODELS = 3

export function ThisComputer({ models, checks }: ThisComputerProps) {
  const info = useQuery(useTRPC().app.info.queryOptions()).data
  const good = checks.filter((check) => check.state === 'good')
  const troubles = checks.filter((check) => check.state !== 'good')
  const shown = [...models].sort((a, b) => rank(a) - rank(b)).slice(0, SHOWN_MODELS)
  return (
    <Panel title={t('overview:computer.title')}>
      <Device models={models} info={info} />
      {shown.length > 0 && (
        <ul className={classes.models}>
          {shown.map((model) => (
            <Model key={model.name} model={model} />
          ))}
        </ul>
      )}
      <ul className={classes.checks} aria-label={t('overview:computer.health')}>
        {troubles.map((check) => (
          <Check key={check.id} check={check} />
        ))}
        <li data-state="good" title={good.map((check) => check.text).join('\n')}>
          <IconCheck aria-hidden size={15} stroke={2.2} />
          {troubles.length === 0
            ? t('overview:computer.allPass', { count: good.length })
            : t('overview:computer.othersPass', { count: good.length })}
        </li>
      </ul>
    </Panel>
  )
}

function Device({ models, info }: { readonly models: readonly ModelView[]; readonly info?: AppInfoView }) {
  const onGpu = models.find((model) => (model.gpuLayers ?? 0) > 0)
  // As the Models view counts it.
  const ram = useMemoryUse(models).uses?.[0]
  const usedBytes = models.reduce((sum, model) => sum + (model.memoryBytes ?? 0), 0)
  const share =
    ram === undefined || onGpu !== undefined ? undefined : usedBytes / Math.max(1, ram.budgetBytes)
  return (
    <div>
      <p className={classes.device}>{onGpu?.device ?? info?.cpu ?? ' '}</p>
      {share !== undefined && (
        <div className={classes.bar} aria-hidden>
          <i style={{ width: `${Math.min(100, Math.max(1, share * 100))}%` }} />
        </div>
      )}
      <p className={classes.note}>
        {onGpu !== undefined
          ? t('overview:computer.used', { used: bytes(usedBytes) })
          : info === undefined || ram === undefined
            ? ' '
            : t('overview:computer.usedOf', {
                used: bytes(usedBytes),
                budget: bytes(ram.budgetBytes),
                count: info.cores,
              })}
      </p>
    </div>
  )
}

function Model({ model }: { readonly model: ModelView }) {
  const { label, tone } = modelWords(model)
  const speed = useModelSpeed(model.name) ?? measuredSpeed(model)
  return (
    <li>
      <span className={classes.modelName}>{model.name}</span>
      {model.state === 'ready' && model.slots !== undefined ? (
        <span className={classes.modelSlots}>
          {speed !== undefined && t('overview:computer.rate', { rate: rate(speed) })}
          <SlotPips slots={model.slots} running={model.running} />
        </span>
      ) : (
        <ToneBadge tone={tone}>{label}</ToneBadge>
      )}
    </li>
  )
}

const checkIcons: Readonly<Record<HealthCheck['state'], TablerIcon>> = {
  good: IconCheck,
  waiting: IconClock,
  bad: IconAlertTriangle,
}

function Check({ check }: { readonly check: HealthCheck }) {
  const Icon = checkIcons[check.state]
  return (
    <li data-state={check.state}>
      <Icon aria-hidden size={15} stroke={2.2} />
      <a href={routeHash({ view: check.view })}>{check.text}</a>
    </li>
  )
}

function rank(model: ModelView): number {
  return (
    ['failed', 'suspended', 'loading', 'ready', 'idle', 'unloaded'].indexOf(model.state) -
    (model.running > 0 ? 10 : 0)
  )
}
