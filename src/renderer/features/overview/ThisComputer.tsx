import { useQuery } from '@tanstack/react-query'
import { t } from '../../../locales/translate.ts'
import { healthSentence } from '../../../locales/words/health-words.ts'
import { healthStates } from '../../../protocol/health-views.ts'
import type { AppInfoView, ModelView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { routeHash } from '../../app/routes.ts'
import { Panel } from '../../components/Panel.tsx'
import { SlotPips } from '../../components/SlotPips.tsx'
import { ToneBadge } from '../../components/StateBadge.tsx'
import { bytes, rate } from '../../format/numbers.ts'
import { HealthSign } from '../health/HealthSign.tsx'
import { useHealth } from '../health/use-health.ts'
import { measuredSpeed, modelWords } from '../models/served/model-words.ts'
import { useMemoryUse } from '../models/served/use-memory-use.ts'
import { useModelSpeed } from '../models/served/use-model-speeds.ts'
import classes from './ThisComputer.module.css'

/** Most models listed here; the Models view has all of them. */
const SHOWN_MODELS = 3
/** Most checks listed here; the Health view has all of them. */
const SHOWN_CHECKS = 2

export function ThisComputer({ models }: { readonly models: readonly ModelView[] }) {
  const info = useQuery(useTRPC().app.info.queryOptions()).data
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
      <Checks />
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

/** What the Health view says, the worst first. */
function Checks() {
  const { data } = useHealth()
  if (data === undefined) return null
  const troubles = healthStates
    .filter((state) => state === 'bad' || state === 'attention')
    .flatMap((state) => data.checks.filter((check) => check.state === state))
  const good = data.checks.filter(({ state }) => state === 'good').length
  const more = troubles.length - SHOWN_CHECKS
  return (
    <ul className={classes.checks} aria-label={t('overview:computer.health')}>
      {troubles.slice(0, SHOWN_CHECKS).map((check) => (
        <li key={check.id} data-state={check.state}>
          <HealthSign state={check.state} size={15} />
          <a href={routeHash({ view: 'health' })}>{healthSentence(check)}</a>
        </li>
      ))}
      <li data-state="good">
        {more > 0 ? (
          <a href={routeHash({ view: 'health' })}>{t('overview:computer.moreChecks', { count: more })}</a>
        ) : (
          <>
            <HealthSign state="good" size={15} />
            {troubles.length === 0
              ? t('overview:computer.allPass', { count: good })
              : t('overview:computer.othersPass', { count: good })}
          </>
        )}
      </li>
    </ul>
  )
}

function rank(model: ModelView): number {
  return (
    ['failed', 'suspended', 'loading', 'ready', 'idle', 'unloaded'].indexOf(model.state) -
    (model.running > 0 ? 10 : 0)
  )
}
