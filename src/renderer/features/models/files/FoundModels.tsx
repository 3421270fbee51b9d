import { Button, Checkbox, Progress, TextInput } from '@mantine/core'
import { IconFileSearch, IconPlayerPlay, IconSearch, IconX } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Trans } from 'react-i18next'
import { i18n, t } from '../../../../locales/translate.ts'
import { skipWords } from '../../../../locales/words/skip-words.ts'
import type { LocalScanView } from '../../../../protocol/local-model-views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyFailure } from '../../../app/notify.tsx'
import { EmptyState, LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState, FailureNote } from '../../../components/ErrorState.tsx'
import { FilePath } from '../../../components/FilePath.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { RelativeTime } from '../../../components/RelativeTime.tsx'
import { Segmented } from '../../../components/Segmented.tsx'
import { ToneIcon } from '../../../components/StateBadge.tsx'
import { fileName } from '../../../format/identifiers.ts'
import { bytes, count } from '../../../format/numbers.ts'
import {
  arrangeWeights,
  isReady,
  matchesFilter,
  type WeightFilter,
  weightFilters,
} from './arrange-weights.ts'
import classes from './FoundModels.module.css'
import { FoundRow } from './FoundRow.tsx'
import { sourceTitle } from './source-words.ts'
import { useAddFiles } from './use-add-files.ts'
import { useLocalModels } from './use-local-models.ts'

const PAGE = 30
/** As many as one call takes. */
const MAX_ADDED = 256
const SEARCH_FROM = 6

/** Models that other programs, the operator or earlier downloads have left on this computer. */
export function FoundModels() {
  const { data: view, error, refetch } = useLocalModels()
  const scan = useScan()
  const running = view?.state === 'running'
  return (
    <Panel
      title={t('models-files:found.title')}
      aside={
        view !== undefined && (
          <>
            {view.finishedAtMs !== undefined && !running && (
              <span>
                <Trans
                  i18n={i18n}
                  t={t}
                  i18nKey="models-files:found.scanned"
                  components={{ time: <RelativeTime atMs={view.finishedAtMs} /> }}
                />
              </span>
            )}
            {running ? (
              <Button leftSection={<IconX aria-hidden size={14} />} onClick={scan.cancel}>
                {t('models-files:found.stop')}
              </Button>
            ) : (
              view.state !== 'never' && (
                <Button leftSection={<IconFileSearch aria-hidden size={15} />} onClick={scan.begin}>
                  {t('models-files:found.again')}
                </Button>
              )
            )}
          </>
        )
      }
    >
      {view === undefined ? (
        error === null ? (
          <LoadingRows rows={4} />
        ) : (
          <ErrorState error={error} onRetry={refetch} />
        )
      ) : (
        <>
          <Progressing view={view} onCancel={scan.cancel} />
          {view.error !== undefined && (
            <FailureNote failure={view.error} title={t('models-files:found.failed')} onRetry={scan.begin} />
          )}
          {view.weights.length > 0 ? (
            <List view={view} onDigests={scan.makeDigests} />
          ) : (
            !running && <Nothing view={view} onScan={scan.begin} />
          )}
        </>
      )}
    </Panel>
  )
}

function useScan() {
  const { localModels } = useTRPC()
  const onError = (error: unknown) => notifyFailure(error, t('models-files:found.notDone'))
  const begin = useMutation(localModels.scan.mutationOptions({ onError }))
  const cancel = useMutation(localModels.cancel.mutationOptions({ onError }))
  const makeDigests = useMutation(localModels.makeDigests.mutationOptions({ onError }))
  return {
    begin: () => begin.mutate(undefined),
    cancel: () => cancel.mutate(),
    makeDigests: () => makeDigests.mutate(),
  }
}

/** How far a scan is, and the reading of files for their digests that goes on behind it. */
function Progressing({ view, onCancel }: { readonly view: LocalScanView; readonly onCancel: () => void }) {
  const { progress, digests, state } = view
  const { current, waiting } = digests
  return (
    <>
      <div role="status" className={classes.progress}>
        {state === 'running' && (
          <>
            <ToneIcon tone="running" />
            <span>
              {t('models-files:found.scanning', {
                models: t('models:models', { count: progress?.found ?? 0 }),
                places: t('models-files:found.places', { count: progress?.looked ?? 0 }),
              })}
            </span>
            <code title={progress?.at}>{progress?.at}</code>
          </>
        )}
      </div>
      {current !== undefined && (
        <div className={classes.digests}>
          <div className={classes.digestLine}>
            <span className={classes.digestName} title={current.path}>
              {t('models-files:found.reading', { file: fileName(current.path) })}
            </span>
            <span data-figures>
              {t('models-files:found.readOf', {
                done: bytes(current.doneBytes),
                total: bytes(current.totalBytes),
              })}
              {waiting > 0 && ` · ${t('models-files:found.moreToRead', { count: waiting })}`}
            </span>
            {state !== 'running' && (
              <Button size="compact-xs" variant="subtle" color="gray" onClick={onCancel}>
                {t('models-files:found.stopReading')}
              </Button>
            )}
          </div>
          <Progress
            value={current.totalBytes > 0 ? (current.doneBytes / current.totalBytes) * 100 : 0}
            size={4}
            radius="xl"
            color="var(--driad-running)"
            aria-label={t('models-files:found.readingLabel', { file: fileName(current.path) })}
          />
        </div>
      )}
    </>
  )
}

function Nothing({ view, onScan }: { readonly view: LocalScanView; readonly onScan: () => void }) {
  if (view.state === 'never') {
    return (
      <EmptyState
        icon={IconFileSearch}
        title={t('models-files:found.never')}
        action={
          <Button variant="filled" onClick={onScan}>
            {t('models-files:found.scan')}
          </Button>
        }
      >
        {t('models-files:found.neverHint')}
      </EmptyState>
    )
  }
  return (
    <EmptyState icon={IconFileSearch} title={t('models-files:found.none')}>
      {view.places.length === 0
        ? t('models-files:found.noPlaces')
        : t('models-files:found.lookedInto', {
            places: [...new Set(view.places.map(({ source }) => sourceTitle(source)))].join(', '),
          })}
    </EmptyState>
  )
}

function List({ view, onDigests }: { readonly view: LocalScanView; readonly onDigests: () => void }) {
  const { weights, takenBytes, savableBytes, skipped, digests } = view
  const { addFiles, pending } = useAddFiles()
  const [filter, setFilter] = useState<WeightFilter>('all')
  const [search, setSearch] = useState('')
  const [shown, setShown] = useState(PAGE)
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const found = arrangeWeights(weights, filter, search)
  const ready = found.filter(isReady)
  // Of what was chosen, some may have been added or have gone meanwhile.
  const selected = weights.filter((each) => isReady(each) && chosen.has(each.path)).map(({ path }) => path)
  const allChosen = ready.length > 0 && ready.every(({ path }) => chosen.has(path))
  const copies = weights.some(({ digest, error }) => digest === undefined && error === undefined)
  const options = weightFilters
    .map((value) => ({ value, amount: weights.filter((each) => matchesFilter(each, value)).length }))
    .filter(({ value, amount }) => value === 'all' || value === filter || amount > 0)
    .map(({ value, amount }) => ({
      value,
      label: t(`models-files:filter.${value}`, { amount: count(amount) }),
    }))
  return (
    <>
      <p className={classes.sum}>
        {t('models-files:found.sum', { count: weights.length, size: bytes(takenBytes) })}
        {savableBytes > 0 && (
          <>
            {' · '}
            <span className={classes.savable}>
              {t('models-files:found.savable', { size: bytes(savableBytes) })}
            </span>
          </>
        )}
        {copies && digests.current === undefined && digests.waiting === 0 && (
          <Button size="compact-xs" variant="subtle" color="gray" onClick={onDigests}>
            {t('models-files:found.digests')}
          </Button>
        )}
      </p>
      <div className={classes.tools}>
        {weights.some(isReady) && (
          <>
            <Checkbox
              label={t('models-files:found.all')}
              checked={allChosen}
              indeterminate={!allChosen && selected.length > 0}
              onChange={(event) =>
                setChosen(new Set(event.currentTarget.checked ? ready.map(({ path }) => path) : []))
              }
            />
            <Button
              variant="filled"
              leftSection={<IconPlayerPlay aria-hidden size={14} />}
              disabled={selected.length === 0}
              loading={pending && selected.length > 0}
              onClick={() => addFiles(selected.slice(0, MAX_ADDED))}
            >
              {selected.length === 0
                ? t('models-files:found.serveSelected')
                : t('models-files:found.serve', { count: selected.length })}
            </Button>
          </>
        )}
        <div className={classes.filters}>
          <Segmented
            label={t('models-files:filter.label')}
            value={filter}
            options={options}
            onChange={(value) => {
              setFilter(value)
              setShown(PAGE)
            }}
          />
          {weights.length >= SEARCH_FROM && (
            <TextInput
              aria-label={t('models-files:filter.search')}
              placeholder={t('models-files:filter.searchHint')}
              leftSection={<IconSearch aria-hidden size={14} />}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
              w={170}
            />
          )}
        </div>
      </div>
      {found.length === 0 ? (
        <EmptyState icon={IconSearch} title={t('models:notFound')}>
          {t('models-files:found.notFoundHint')}
        </EmptyState>
      ) : (
        <ul className={classes.list} aria-label={t('models-files:found.list')}>
          {found.slice(0, shown).map((each) => (
            <FoundRow
              key={each.path}
              weights={each}
              chosen={chosen.has(each.path)}
              onChoose={(take) => {
                const next = new Set(chosen)
                if (take) next.add(each.path)
                else next.delete(each.path)
                setChosen(next)
              }}
            />
          ))}
        </ul>
      )}
      {found.length > shown && (
        <Button className={classes.more} onClick={() => setShown(shown + PAGE)}>
          {t('models:showMore', { count: Math.min(PAGE, found.length - shown) })}
        </Button>
      )}
      {skipped.length > 0 && (
        <details className={classes.skipped}>
          <summary>{t('models-files:found.skipped', { count: skipped.length })}</summary>
          <ul>
            {skipped.map((each) => (
              <li key={each.path}>
                <FilePath path={each.path} /> {skipWords(each)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}
