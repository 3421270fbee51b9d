import { Button } from '@mantine/core'
import { IconFileZip, IconRefresh } from '@tabler/icons-react'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
import { healthGroup } from '../../../locales/words/health-words.ts'
import { type HealthState, type HealthView, healthStates } from '../../../protocol/health-views.ts'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Page } from '../../components/Page.tsx'
import { Panel } from '../../components/Panel.tsx'
import { count } from '../../format/numbers.ts'
import { DiagnosticsDialog } from './DiagnosticsDialog.tsx'
import classes from './HealthPage.module.css'
import { HealthRow } from './HealthRow.tsx'
import { HealthSign } from './HealthSign.tsx'
import { useHealth, useRefreshHealth } from './use-health.ts'

/** All that must be right for this computer to earn, what is not, and what mends it. */
export function HealthPage() {
  const { data, error, retry } = useHealth()
  const { refresh, isPending } = useRefreshHealth()
  const [saving, setSaving] = useState(false)
  return (
    <Page
      title={t('navigation:title.health')}
      actions={
        <>
          <Button leftSection={<IconFileZip aria-hidden size={15} />} onClick={() => setSaving(true)}>
            {t('health:diagnostics.save')}
          </Button>
          <Button leftSection={<IconRefresh aria-hidden size={15} />} loading={isPending} onClick={refresh}>
            {t('health:refresh')}
          </Button>
        </>
      }
    >
      {data === undefined ? (
        error === null ? (
          <LoadingRows rows={8} />
        ) : (
          <ErrorState error={error} onRetry={retry} />
        )
      ) : (
        <>
          <Summary view={data} />
          {healthStates.map((state) => (
            <Group key={state} state={state} view={data} />
          ))}
        </>
      )}
      <DiagnosticsDialog opened={saving} onClose={() => setSaving(false)} />
    </Page>
  )
}

function Summary({ view: { state } }: { readonly view: HealthView }) {
  return (
    <div className={classes.summary} data-state={state} role="status">
      <HealthSign state={state} size={26} />
      <div>
        <p className={classes.verdict}>{t(`health:summary.${state}`)}</p>
        <p className={classes.meaning}>{t(`health:summaryMeaning.${state}`)}</p>
      </div>
    </div>
  )
}

function Group({ state, view }: { readonly state: HealthState; readonly view: HealthView }) {
  const checks = view.checks.filter((check) => check.state === state)
  if (checks.length === 0) return null
  const title = healthGroup(state)
  return (
    <Panel flush title={title} aside={count(checks.length)}>
      <ul className={classes.checks} aria-label={title}>
        {checks.map((check) => (
          <HealthRow key={check.id} check={check} />
        ))}
      </ul>
    </Panel>
  )
}
