import { Trans } from 'react-i18next'
import { i18n, t } from '../../../../locales/translate.ts'
import type { ModelView } from '../../../../protocol/views.ts'
import { LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState } from '../../../components/ErrorState.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { bytes } from '../../../format/numbers.ts'
import { MemoryBudget } from './MemoryBudget.tsx'
import classes from './MemoryPanel.module.css'
import type { MemoryUse } from './memory-use.ts'
import { useMemoryUse } from './use-memory-use.ts'

/** Models named beside a bar; the rest is one figure. */
const NAMED_MODELS = 4
/** Shades that models are told apart by. */
const SHADES = 4

/** Memory of the computer and of each GPU: models, what they may take, other programs, what is free. */
export function MemoryPanel({ models }: { readonly models: readonly ModelView[] }) {
  const { uses, machine, settings, error, retry } = useMemoryUse(models)
  return (
    <Panel
      title={t('models-served:memory.title')}
      aside={
        settings !== undefined && <MemoryBudget budgetBytes={settings.memoryBudgetBytes} machine={machine} />
      }
    >
      {uses === undefined ? (
        error === null ? (
          <LoadingRows rows={2} />
        ) : (
          <ErrorState error={error} onRetry={retry} />
        )
      ) : (
        <ul className={classes.devices}>
          {uses.map((use) => (
            <Device key={use.id} use={use} />
          ))}
        </ul>
      )}
    </Panel>
  )
}

function Device({ use }: { readonly use: MemoryUse }) {
  const { name, totalBytes, budgetBytes, models, othersBytes, freeBytes } = use
  const mine = models.reduce((sum, model) => sum + model.bytes, 0)
  const share = (size: number) => `${totalBytes > 0 ? Math.min(100, (size / totalBytes) * 100) : 0}%`
  const named = models.length > NAMED_MODELS ? models.slice(0, NAMED_MODELS - 1) : models
  const rest = models.slice(named.length)
  return (
    <li className={classes.device}>
      <div className={classes.line}>
        <span className={classes.name} title={name}>
          {name}
        </span>
        <span>
          <Trans
            i18n={i18n}
            t={t}
            i18nKey="models-served:memory.ofBudget"
            values={{ taken: bytes(mine), budget: bytes(budgetBytes) }}
            components={{ b: <b /> }}
          />
        </span>
      </div>
      <div
        className={classes.bar}
        role="img"
        aria-label={t('models-served:memory.summary', {
          device: name,
          models: bytes(mine),
          others: bytes(othersBytes),
          free: bytes(freeBytes),
          total: bytes(totalBytes),
        })}
      >
        {models.map((model, index) => (
          <i
            key={model.name}
            data-shade={index % SHADES}
            style={{ width: share(model.bytes) }}
            title={`${model.name}: ${bytes(model.bytes)}`}
          />
        ))}
        <i
          data-shade="others"
          style={{ width: share(othersBytes) }}
          title={t('models-served:memory.othersTake', { size: bytes(othersBytes) })}
        />
        {budgetBytes < totalBytes && (
          <b
            style={{ left: share(budgetBytes) }}
            title={t('models-served:memory.mayTake', { size: bytes(budgetBytes) })}
          />
        )}
      </div>
      <ul className={classes.legend}>
        {named.map((model, index) => (
          <li key={model.name}>
            <i data-shade={index % SHADES} aria-hidden />
            <span className={classes.model}>{model.name}</span> {bytes(model.bytes)}
          </li>
        ))}
        {rest.length > 0 && (
          <li title={rest.map((model) => model.name).join(', ')}>
            <i data-shade={named.length % SHADES} aria-hidden />
            <span>{t('models-served:memory.more', { count: rest.length })}</span>{' '}
            {bytes(rest.reduce((sum, model) => sum + model.bytes, 0))}
          </li>
        )}
        <li>
          <i data-shade="others" aria-hidden />
          <span>{t('models-served:memory.others')}</span> {bytes(othersBytes)}
        </li>
        <li>
          <i data-shade="free" aria-hidden />
          <span>{t('models-served:memory.free')}</span> {bytes(freeBytes)}
        </li>
      </ul>
    </li>
  )
}
