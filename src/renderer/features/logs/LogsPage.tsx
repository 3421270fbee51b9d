import { Button, MultiSelect, Select, TextInput, Tooltip } from '@mantine/core'
import { IconDeviceFloppy, IconRegex, IconSearch } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useDeferredValue, useMemo, useState, useSyncExternalStore } from 'react'
import type { LogLevel } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { notifyDone, notifyFailure } from '../../app/notify.tsx'
import { CopyButton } from '../../components/CopyButton.tsx'
import { Page } from '../../components/Page.tsx'
import { Panel } from '../../components/Panel.tsx'
import { count } from '../../format/numbers.ts'
import { useLogBuffer } from './LogBufferProvider.tsx'
import { LogList } from './LogList.tsx'
import classes from './LogsPage.module.css'
import { filterLines, lineText, parseSearch } from './log-filter.ts'

const levels = [
  { value: 'debug', label: 'All levels' },
  { value: 'info', label: 'Info and above' },
  { value: 'warn', label: 'Warnings and errors' },
  { value: 'error', label: 'Errors' },
] as const satisfies readonly { value: LogLevel; label: string }[]

export function LogsPage() {
  const buffer = useLogBuffer()
  const lines = useSyncExternalStore(buffer.subscribe, buffer.snapshot)
  const [level, setLevel] = useState<LogLevel>('debug')
  const [scopes, setScopes] = useState<string[]>([])
  const [text, setText] = useState('')
  const [asExpression, setAsExpression] = useState(false)
  const deferredText = useDeferredValue(text)
  const search = useMemo(() => parseSearch(deferredText, asExpression), [deferredText, asExpression])
  const shown = useMemo(() => filterLines(lines, { level, scopes, search }), [lines, level, scopes, search])
  const knownScopes = useMemo(() => [...new Set(lines.map((line) => line.scope))].sort(), [lines])
  const isFiltered = level !== 'debug' || scopes.length > 0 || text !== ''
  const asText = () => `${shown.map(lineText).join('\n')}\n`

  return (
    <Page
      title="Logs"
      actions={
        <>
          <CopyButton form="button" label="Copy" text={asText} disabled={shown.length === 0} />
          <SaveButton text={asText} disabled={shown.length === 0} />
        </>
      }
    >
      <search className={classes.filters}>
        <Select
          aria-label="Level"
          w={176}
          value={level}
          data={levels.map(({ value, label }) => ({ value, label }))}
          onChange={(value) => setLevel((value ?? 'debug') as LogLevel)}
        />
        <MultiSelect
          aria-label="Scopes"
          placeholder={scopes.length === 0 ? 'Every scope' : undefined}
          className={classes.scopes}
          value={scopes}
          data={knownScopes}
          onChange={setScopes}
          clearable
          hidePickedOptions
        />
        <TextInput
          aria-label="Search logs"
          placeholder={asExpression ? 'Regular expression' : 'Text'}
          className={classes.search}
          leftSection={<IconSearch aria-hidden size={14} />}
          rightSection={
            <Tooltip label="Regular expression">
              <button
                type="button"
                className={classes.expression}
                aria-label="Regular expression"
                aria-pressed={asExpression}
                onClick={() => setAsExpression(!asExpression)}
              >
                <IconRegex aria-hidden size={15} />
              </button>
            </Tooltip>
          }
          value={text}
          error={search.kind === 'invalid' ? search.problem : undefined}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <span className={classes.count} role="status">
          {isFiltered
            ? `${count(shown.length)} of ${count(lines.length)} lines`
            : `${count(lines.length)} lines`}
        </span>
      </search>
      <Panel flush grow>
        <LogList lines={shown} search={search} isFiltered={isFiltered} />
      </Panel>
    </Page>
  )
}

function SaveButton({ text, disabled }: { readonly text: () => string; readonly disabled: boolean }) {
  const save = useMutation(
    useTRPC().logs.save.mutationOptions({
      onSuccess: (saved: { path: string } | null) => {
        if (saved !== null) notifyDone('Log saved', saved.path)
      },
      onError: (error) => notifyFailure(error, 'The log could not be saved'),
    }),
  )
  return (
    <Button
      leftSection={<IconDeviceFloppy aria-hidden size={15} />}
      disabled={disabled}
      loading={save.isPending}
      onClick={() => save.mutate({ text: text() })}
    >
      Save
    </Button>
  )
}
