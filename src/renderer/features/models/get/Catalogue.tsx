import { Button, Select, Switch, TextInput } from '@mantine/core'
import { IconRefresh, IconSearch } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import type { CatalogueListView, CatalogueStatusView } from '../../../../protocol/catalogue-views.ts'
import type { NamedFitView, RecommendationView } from '../../../../protocol/fit-views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyFailure } from '../../../app/notify.tsx'
import { EmptyState, LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState, FailureNote } from '../../../components/ErrorState.tsx'
import { Panel } from '../../../components/Panel.tsx'
import {
  arrangeCatalogue,
  type CatalogueFilter,
  type CatalogueOrder,
  catalogueOrders,
  modelSizes,
} from './arrange-catalogue.ts'
import classes from './Catalogue.module.css'
import { CatalogueRow } from './CatalogueRow.tsx'
import { groupTitle, kindTitle, modelKinds } from './catalogue-words.ts'

/** Rows at first, and more each time: nobody reads a hundred at once. */
const PAGE = 24

const everything: CatalogueFilter = { search: '', fitsOnly: false }

/** All models that are known by name, each with how it would run here. */
export function Catalogue({ wanted }: { readonly wanted: RecommendationView['wanted'] | undefined }) {
  const trpc = useTRPC()
  const { data, error, refetch } = useQuery(trpc.catalogue.list.queryOptions())
  const fits = useFits(wanted)
  const [filter, setFilter] = useState(everything)
  const [order, setOrder] = useState<CatalogueOrder>('quality')
  const [shown, setShown] = useState(PAGE)
  const list: CatalogueListView | undefined = data
  const models = list?.models ?? []
  const found = useMemo(
    () => arrangeCatalogue(list?.models ?? [], fits, filter, order),
    [list, fits, filter, order],
  )
  const change = (patch: Partial<CatalogueFilter>) => {
    setFilter((known) => ({ ...known, ...patch }))
    setShown(PAGE)
  }
  return (
    <Panel
      title={t('models-get:catalogue.title')}
      aside={list !== undefined && <Status status={list.status} />}
    >
      <Filters
        filter={filter}
        order={order}
        licences={[...new Set(models.map(({ licence }) => licence.id))].sort()}
        groups={[...new Set(models.flatMap(({ groups }) => groups))]}
        onChange={change}
        onOrder={setOrder}
      />
      {list?.status.error !== undefined && (
        <FailureNote failure={list.status.error} title={t('models-get:catalogue.notFetched')} />
      )}
      {list === undefined ? (
        error === null ? (
          <LoadingRows rows={10} />
        ) : (
          <ErrorState error={error} onRetry={() => void refetch()} />
        )
      ) : found.length === 0 ? (
        <EmptyState
          icon={IconSearch}
          title={t('models:notFound')}
          action={
            <Button
              onClick={() =>
                change({
                  ...everything,
                  group: undefined,
                  kind: undefined,
                  size: undefined,
                  licence: undefined,
                })
              }
            >
              {t('models-get:catalogue.showAll')}
            </Button>
          }
        >
          {t('models-get:catalogue.notFoundHint')}
        </EmptyState>
      ) : (
        <>
          <p className={classes.count} role="status">
            {found.length === models.length
              ? t('models:models', { count: models.length })
              : t('models-get:catalogue.ofModels', { found: found.length, count: models.length })}
          </p>
          <ul className={classes.list} aria-label={t('models-get:catalogue.list')}>
            {found.slice(0, shown).map((listed) => (
              <CatalogueRow key={listed.model.id} listed={listed} fits={fits} />
            ))}
          </ul>
          {found.length > shown && (
            <Button className={classes.more} onClick={() => setShown(shown + PAGE)}>
              {t('models:showMore', { count: Math.min(PAGE, found.length - shown) })}
            </Button>
          )}
        </>
      )}
    </Panel>
  )
}

function useFits(wanted: RecommendationView['wanted'] | undefined) {
  const { contextSize = 1, slots = 1 } = wanted ?? {}
  const { data } = useQuery(
    useTRPC().fit.catalogue.queryOptions({ contextSize, slots }, { enabled: wanted !== undefined }),
  )
  return useMemo(
    () => new Map(((data as NamedFitView[] | undefined) ?? []).map(({ name, fit }) => [name, fit])),
    [data],
  )
}

function Status({ status }: { readonly status: CatalogueStatusView }) {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const refresh = useMutation(
    trpc.catalogue.refresh.mutationOptions({
      onSettled: () => void cache.invalidateQueries(trpc.catalogue.pathFilter()),
      onError: (error) => notifyFailure(error, t('models-get:catalogue.notRefreshed')),
    }),
  )
  return (
    <>
      <span>
        {t(status.origin === 'fetched' ? 'models-get:catalogue.fetchedOf' : 'models-get:catalogue.asOf', {
          date: status.issuedAt.slice(0, 10),
        })}
      </span>
      {status.url !== undefined && (
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          leftSection={<IconRefresh aria-hidden size={13} />}
          loading={refresh.isPending}
          onClick={() => refresh.mutate()}
        >
          {t('models-get:catalogue.refresh')}
        </Button>
      )}
    </>
  )
}

interface FiltersProps {
  readonly filter: CatalogueFilter
  readonly order: CatalogueOrder
  readonly licences: readonly string[]
  readonly groups: readonly string[]
  readonly onChange: (patch: Partial<CatalogueFilter>) => void
  readonly onOrder: (order: CatalogueOrder) => void
}

function Filters({ filter, order, licences, groups, onChange, onOrder }: FiltersProps) {
  const choice = (
    label: string,
    value: string | undefined,
    options: readonly (readonly [string, string])[],
  ) => ({
    'aria-label': label,
    placeholder: label,
    clearable: true,
    allowDeselect: true,
    value: value ?? null,
    data: options.map(([optionValue, optionLabel]) => ({ value: optionValue, label: optionLabel })),
  })
  return (
    <search className={classes.filters}>
      <TextInput
        aria-label={t('models-get:filter.search')}
        placeholder={t('models-get:filter.searchHint')}
        leftSection={<IconSearch aria-hidden size={14} />}
        className={classes.search}
        value={filter.search}
        onChange={(event) => onChange({ search: event.currentTarget.value })}
      />
      <Select
        {...choice(
          t('models-get:filter.group'),
          filter.group,
          groups.map((group) => [group, groupTitle(group)]),
        )}
        onChange={(group) => onChange({ group: group ?? undefined })}
        w={128}
      />
      <Select
        {...choice(
          t('models-get:filter.kind'),
          filter.kind,
          modelKinds.map((kind) => [kind, kindTitle(kind)]),
        )}
        onChange={(kind) => onChange({ kind: kind ?? undefined })}
        w={112}
      />
      <Select
        {...choice(
          t('models-get:filter.size'),
          filter.size,
          modelSizes.map(({ value }) => [value, t(`models-get:size.${value}`)]),
        )}
        onChange={(size) => onChange({ size: modelSizes.find(({ value }) => value === size)?.value })}
        w={118}
      />
      <Select
        {...choice(
          t('models-get:filter.licence'),
          filter.licence,
          licences.map((licence) => [licence, licence]),
        )}
        onChange={(licence) => onChange({ licence: licence ?? undefined })}
        w={124}
      />
      <Select
        aria-label={t('models-get:order.label')}
        value={order}
        onChange={(value) => onOrder((value ?? 'quality') as CatalogueOrder)}
        data={catalogueOrders.map((value) => ({ value, label: t(`models-get:order.${value}`) }))}
        w={128}
      />
      <Switch
        label={t('models-get:filter.fitsOnly')}
        checked={filter.fitsOnly}
        onChange={(event) => onChange({ fitsOnly: event.currentTarget.checked })}
      />
    </search>
  )
}
