import { Button, MultiSelect, Select, TextInput, Tooltip } from '@mantine/core'
import { IconDeviceFloppy, IconPlayerPause, IconPlayerPlay, IconRegex, IconSearch } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useDeferredValue, useMemo, useState, useSyncExternalStore } from 'react'
import { t } from '../../../locales/translate.ts'
import type { LogLevel, LogLineView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { notifyDone, notifyFailure } from '../../app/notify.tsx'
import { CopyButton } from '../../components/CopyButton.tsx'
import { Page } from '../../components/Page.tsx'
import { Panel } from '../../components/Panel.tsx'
import { count } from '../../format/numbers.ts'
import { useLogBuffer } from './LogBufferProvider.tsx'
import { LogList } from './LogList.tsx'
import classes from './LogsPage.module.css'
import { type LogFilter, letsAllThrough, linesText, logLevels, parseSearch } from './log-filter.ts'
import { useExpressionEngine, useFoundLines } from './use-found-lines.ts'

/** As much as the clipboard and the node take at once. */
const MAX_COPIED_CHARS = 15_000_000
const MAX_SAVED_CHARS = 60_000_000

export function LogsPage() {
  const buffer = useLogBuffer()
  const newest = useSyncExternalStore(buffer.subscribe, buffer.snapshot)
  const [held, setHeld] = useState<readonly LogLineView[]>()
  const lines = held ?? newest
  const [level, setLevel] = useState<LogLevel>('debug')
  const [scopes, setScopes] = useState<string[]>([])
  const [text, setText] = useState('')
  const [asExpression, setAsExpression] = useState(false)
  const deferredText = useDeferredValue(text)
  const engine = useExpressionEngine(asExpression)
  const filter: LogFilter = useMemo(
    () => ({ level, scopes, search: parseSearch(deferredText, asExpression ? engine : 'text') }),
    [level, scopes, deferredText, asExpression, engine],
  )
  const { search } = filter
  const { lines: shown, isSearching } = useFoundLines(lines, filter)
  const knownScopes = useMemo(() => [...new Set(lines.map((line) => line.scope))].sort(), [lines])

  return (
    <Page
      title={t('navigation:title.logs')}
      actions={
        <>
          <Button
            leftSection={
              held === undefined ? (
                <IconPlayerPause aria-hidden size={15} />
              ) : (
                <IconPlayerPlay aria-hidden size={15} />
              )
            }
            aria-pressed={held !== undefined}
            onClick={() => setHeld(held === undefined ? newest : undefined)}
          >
            {t(held === undefined ? 'logs:pause' : 'logs:goOn')}
          </Button>
          <CopyButton
            form="button"
            label={t('logs:copy')}
            text={() => linesText(shown, MAX_COPIED_CHARS)}
            disabled={shown.length === 0 || isSearching}
          />
          <SaveButton
            text={() => linesText(shown, MAX_SAVED_CHARS)}
            disabled={shown.length === 0 || isSearching}
          />
        </>
      }
    >
      <search className={classes.filters}>
        <Select
          aria-label={t('logs:level')}
          w={184}
          value={level}
          data={logLevels.map((each) => ({ value: each, label: t(`logs:least.${each}`) }))}
          onChange={(value) => setLevel((value ?? 'debug') as LogLevel)}
        />
        <MultiSelect
          aria-label={t('logs:scopes')}
          placeholder={scopes.length === 0 ? t('logs:everyScope') : undefined}
          className={classes.scopes}
          value={scopes}
          data={knownScopes}
          onChange={setScopes}
          clearable
          hidePickedOptions
        />
        <TextInput
          aria-label={t('logs:search')}
          placeholder={t(asExpression ? 'logs:expression' : 'logs:text')}
          className={classes.search}
          leftSection={<IconSearch aria-hidden size={14} />}
          rightSection={
            <Tooltip label={t('logs:expression')}>
              <button
                type="button"
                className={classes.expression}
                aria-label={t('logs:expression')}
                aria-pressed={asExpression}
                onClick={() => setAsExpression(!asExpression)}
              >
                <IconRegex aria-hidden size={15} />
              </button>
            </Tooltip>
          }
          value={text}
          error={search.kind === 'invalid' ? t('logs:badExpression', { problem: search.problem }) : undefined}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <span className={classes.count} role="status">
          {countWords({
            shown: shown.length,
            lines: lines.length,
            isFiltered: !letsAllThrough(filter),
            isSearching,
          })}
          {held !== undefined && ` · ${pausedWords(held, newest)}`}
        </span>
      </search>
      <Panel flush grow>
        <LogList lines={shown} search={search} isFiltered={!letsAllThrough(filter)} />
      </Panel>
    </Page>
  )
}

function countWords(counts: {
  readonly shown: number
  readonly lines: number
  readonly isFiltered: boolean
  readonly isSearching: boolean
}): string {
  const { shown, lines, isFiltered, isSearching } = counts
  if (isSearching) return t('logs:searching', { shown: count(shown) })
  return isFiltered
    ? t('logs:someLines', { shown: count(shown), lines: count(lines) })
    : t('logs:lines', { count: lines })
}

/** What came since the list was held. */
function pausedWords(held: readonly LogLineView[], newest: readonly LogLineView[]): string {
  const missed = (newest.at(-1)?.seq ?? 0) - (held.at(-1)?.seq ?? 0)
  return missed > 0 ? t('logs:pausedSince', { count: missed }) : t('logs:paused')
}

function SaveButton({ text, disabled }: { readonly text: () => string; readonly disabled: boolean }) {
  const save = useMutation(
    useTRPC().logs.save.mutationOptions({
      onSuccess: (saved: { path: string } | null) => {
        if (saved !== null) notifyDone(t('logs:saved'), saved.path)
      },
      onError: (error) => notifyFailure(error, t('logs:notSaved')),
    }),
  )
  return (
    <Button
      leftSection={<IconDeviceFloppy aria-hidden size={15} />}
      disabled={disabled}
      loading={save.isPending}
      onClick={() => save.mutate({ text: text() })}
    >
      {t('logs:save')}
    </Button>
  )
}
