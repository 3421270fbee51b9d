import { Select, TextInput } from '@mantine/core'
import { IconSearch, IconStack2 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import type { ModelView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { EmptyState, LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState } from '../../../components/ErrorState.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { MissingDevice } from '../devices/MissingDevice.tsx'
import { AddModelButton } from './AddModelButton.tsx'
import { arrangeModels, type ModelOrder, modelOrders } from './arrange-models.ts'
import { MemoryPanel } from './MemoryPanel.tsx'
import { ModelCard } from './ModelCard.tsx'
import classes from './ServedModels.module.css'

/** With fewer models than this there is nothing to search. */
const SEARCH_FROM = 4

/** The models that this node serves, or would. */
export function ServedModels() {
  const { data, error, refetch } = useQuery(useTRPC().models.list.queryOptions())
  const [search, setSearch] = useState('')
  const [order, setOrder] = useState<ModelOrder>('state')
  const models: readonly ModelView[] = data ?? []
  const shown = arrangeModels(models, search, order)
  return (
    <div className={classes.tab}>
      <MissingDevice />
      {data !== undefined && <MemoryPanel models={models} />}
      {models.length >= SEARCH_FROM && (
        <search className={classes.filters}>
          <TextInput
            aria-label={t('models-served:list.search')}
            placeholder={t('models-served:list.searchHint')}
            leftSection={<IconSearch aria-hidden size={14} />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            w={260}
          />
          <Select
            aria-label={t('models-served:order.label')}
            value={order}
            onChange={(value) => setOrder((value ?? 'state') as ModelOrder)}
            data={modelOrders.map((value) => ({ value, label: t(`models-served:order.${value}`) }))}
            w={170}
          />
        </search>
      )}
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <LoadingRows rows={8} />
      ) : shown.length > 0 ? (
        <ul className={classes.list} aria-label={t('models:models', { count: models.length })}>
          {shown.map((model) => (
            <li key={model.name}>
              <ModelCard model={model} />
            </li>
          ))}
        </ul>
      ) : (
        <Panel>
          {models.length > 0 ? (
            <EmptyState icon={IconSearch} title={t('models:notFound')}>
              {t('models-served:list.notFoundHint')}
            </EmptyState>
          ) : (
            <EmptyState
              icon={IconStack2}
              title={t('models-served:list.empty')}
              action={<AddModelButton label={t('models-served:list.chooseFile')} />}
            >
              {t('models-served:list.emptyHint')}
            </EmptyState>
          )}
        </Panel>
      )}
    </div>
  )
}
