import { Button, Select, Switch, TextInput } from '@mantine/core'
import { IconRefresh, IconSearch } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { CatalogueListView, CatalogueStatusView } from '../../../../protocol/catalogue-views.ts'
import type { NamedFitView, RecommendationView } from '../../../../protocol/fit-views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyFailure } from '../../../app/notify.tsx'
import { EmptyState, LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState, FailureNote } from '../../../components/ErrorState.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { plural } from '../../../format/numbers.ts'
import {
  arrangeCatalogue,
  type CatalogueFilter,
  type CatalogueOrder,
  catalogueOrders,
  modelSizes,
} from './arrange-catalogue.ts'
import classes from './Catalogue.module.css'
import { CatalogueRow } from './CatalogueRow.tsx'
import { groupTitles, kindTitles } from './catalogue-words.ts'

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
    <Panel title="Catalogue" aside={list !== undefined && <Status status={list.status} />}>
      <Filters
        filter={filter}
        order={order}
        licences={[...new Set(models.map(({ licence }) => licence.id))].sort()}
        groups={[...new Set(models.flatMap(({ groups }) => groups))]}
        onChange={change}
        onOrder={setOrder}
      />
      {list?.status.error !== undefined && (
        <FailureNote failure={list.status.error} title="The newest catalogue could not be fetched" />
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
          title="No model is like that"
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
              Show all
            </Button>
          }
        >
          Search for part of its name or family, or ask for less at once.
        </EmptyState>
      ) : (
        <>
          <p className={classes.count} role="status">
            {found.length === models.length
              ? plural(models.length, 'model')
              : `${found.length} of ${plural(models.length, 'model')}`}
          </p>
          <ul className={classes.list} aria-label="Models of the catalogue">
            {found.slice(0, shown).map((listed) => (
              <CatalogueRow key={listed.model.id} listed={listed} fits={fits} />
            ))}
          </ul>
          {found.length > shown && (
            <Button className={classes.more} onClick={() => setShown(shown + PAGE)}>
              Show {Math.min(PAGE, found.length - shown)} more
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
      onError: (error) => notifyFailure(error, 'The catalogue could not be fetched'),
    }),
  )
  return (
    <>
      <span>
        {status.origin === 'fetched' ? 'Fetched, of ' : 'As of '}
        {status.issuedAt.slice(0, 10)}
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
          Look for a newer one
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
        aria-label="Search the catalogue"
        placeholder="Name or family"
        leftSection={<IconSearch aria-hidden size={14} />}
        className={classes.search}
        value={filter.search}
        onChange={(event) => onChange({ search: event.currentTarget.value })}
      />
      <Select
        {...choice(
          'Group',
          filter.group,
          groups.map((group) => [group, groupTitles[group] ?? group]),
        )}
        onChange={(group) => onChange({ group: group ?? undefined })}
        w={128}
      />
      <Select
        {...choice('Kind', filter.kind, Object.entries(kindTitles))}
        onChange={(kind) => onChange({ kind: kind ?? undefined })}
        w={112}
      />
      <Select
        {...choice(
          'Size',
          filter.size,
          modelSizes.map(({ value, label }) => [value, label]),
        )}
        onChange={(size) => onChange({ size: modelSizes.find(({ value }) => value === size)?.value })}
        w={118}
      />
      <Select
        {...choice(
          'Licence',
          filter.licence,
          licences.map((licence) => [licence, licence]),
        )}
        onChange={(licence) => onChange({ licence: licence ?? undefined })}
        w={124}
      />
      <Select
        aria-label="Order"
        value={order}
        onChange={(value) => onOrder((value ?? 'quality') as CatalogueOrder)}
        data={catalogueOrders.map(({ value, label }) => ({ value, label }))}
        w={128}
      />
      <Switch
        label="Only what fits"
        checked={filter.fitsOnly}
        onChange={(event) => onChange({ fitsOnly: event.currentTarget.checked })}
      />
    </search>
  )
}
