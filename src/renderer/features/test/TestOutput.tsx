import { Tabs, VisuallyHidden } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { IconFlask2 } from '@tabler/icons-react'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
import { CopyButton } from '../../components/CopyButton.tsx'
import { EmptyState } from '../../components/EmptyState.tsx'
import { FailureNote } from '../../components/ErrorState.tsx'
import { Panel } from '../../components/Panel.tsx'
import { RelativeTime } from '../../components/RelativeTime.tsx'
import { Segmented } from '../../components/Segmented.tsx'
import { ToneBadge } from '../../components/StateBadge.tsx'
import { emptyLog } from '../../components/workflow/step-log.ts'
import { ComparedFigures, RunFigures } from './RunFigures.tsx'
import { RunGraph } from './RunGraph.tsx'
import { RunMemory } from './RunMemory.tsx'
import { RunStates } from './RunStates.tsx'
import { RunSteps } from './RunSteps.tsx'
import { RunText } from './RunText.tsx'
import type { RunSelection } from './run-selection.ts'
import { phaseWords, placeName } from './run-words.ts'
import classes from './TestOutput.module.css'
import type { RunPlace } from './test-draft.ts'
import type { TestRunState } from './test-run.ts'

export interface TestOutputProps {
  readonly runs: readonly TestRunState[]
  /** The workflow in the editor; undefined where a prompt is tested. */
  readonly draftJson: string | undefined
  readonly onAgain: () => void
  /** A task of the workflow in the editor was chosen in its graph. */
  readonly onTask: (taskId: string) => void
}

type View = 'output' | 'graph' | 'steps' | 'memory'

/** Height of the output from which the graph stands above its text. */
const ROOM_FOR_GRAPH_PX = 500

const places = ['here', 'network'] as const

/** What comes of a task: its text and figures, its graph, its steps and its memory. Of two runs, both side by side. */
export function TestOutput({ runs, draftJson, onAgain, onTask }: TestOutputProps) {
  const [chosenView, setView] = useState<View>('output')
  const [side, setSide] = useState<RunPlace>('here')
  const [selected, setSelected] = useState<{ readonly of: number; readonly selection: RunSelection }>()
  const { ref, height } = useElementSize<HTMLDivElement>()

  const isCompared = runs.length > 1
  const run = runs.find(({ input }) => input.where === side) ?? runs[0]
  const ranJson = run?.input.workflowJson
  const hasGraph = (run === undefined ? draftJson : ranJson) !== undefined
  if (run === undefined && !hasGraph) {
    return (
      <Panel title={t('test:output.output')} grow>
        <Untried />
      </Panel>
    )
  }
  const views = hasGraph ? (['output', 'graph', 'steps', 'memory'] as const) : (['output', 'steps'] as const)
  const view = views.find((known) => known === chosenView) ?? 'output'
  // A selection belongs to the run that it was made in.
  const selection =
    selected !== undefined && selected.of === (run?.startedAtMs ?? 0) ? selected.selection : {}
  const select = (made: RunSelection) => setSelected({ of: run?.startedAtMs ?? 0, selection: made })
  const log = run?.log ?? emptyLog
  // Once it is edited, the graph is of what would run next.
  const isEdited = draftJson !== undefined && draftJson !== ranJson && run?.phase !== 'running'
  const graph = (hasDetails: boolean) => (
    <RunGraph
      workflowJson={(isEdited ? draftJson : ranJson) ?? ''}
      log={isEdited ? emptyLog : log}
      selection={isEdited ? { taskId: selection.taskId } : selection}
      onSelect={(made) => {
        select(made)
        if (made.taskId !== undefined && (isEdited || draftJson === ranJson)) onTask(made.taskId)
      }}
      hasDetails={hasDetails}
    />
  )
  const graphAbove = hasGraph && !isCompared && height >= ROOM_FOR_GRAPH_PX
  return (
    <Panel label={t('test:output.output')} grow>
      <Tabs
        value={view}
        onChange={(value) => setView(views.find((known) => known === value) ?? 'output')}
        keepMounted={false}
        classNames={{ root: classes.tabs, panel: classes.panel, list: classes.list, tab: classes.tab }}
      >
        <div className={classes.head}>
          <Tabs.List>
            {views.map((name) => (
              <Tabs.Tab key={name} value={name}>
                {t(`test:output.${name}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {run !== undefined && !isCompared && <Aside run={run} />}
        </div>
        {runs.map((one) => (
          <VisuallyHidden key={one.input.where} role="status">
            {isCompared
              ? t('test:run.stateAt', { place: placeName(one.input.where), state: spokenState(one) })
              : spokenState(one)}
          </VisuallyHidden>
        ))}
        <Tabs.Panel value="output" ref={ref}>
          {isCompared ? (
            <Compared runs={runs} onAgain={onAgain} />
          ) : (
            <>
              {run !== undefined && <RunFigures run={run} />}
              {graphAbove && <div className={classes.above}>{graph(false)}</div>}
              {run === undefined ? (
                <Untried />
              ) : (
                <RunBody run={run} onAgain={onAgain} label={t('test:output.text')} />
              )}
              {run !== undefined && <RunStates run={run} />}
            </>
          )}
        </Tabs.Panel>
        {hasGraph && (
          <Tabs.Panel value="graph">
            {isCompared && <WhichRun side={side} onChange={setSide} />}
            {isEdited && run !== undefined && <p className={classes.note}>{t('test:output.edited')}</p>}
            {graph(true)}
          </Tabs.Panel>
        )}
        <Tabs.Panel value="steps">
          {isCompared && <WhichRun side={side} onChange={setSide} />}
          <RunSteps workflowJson={ranJson} log={log} selection={selection} onSelect={select} />
        </Tabs.Panel>
        {hasGraph && (
          <Tabs.Panel value="memory">
            {isCompared && <WhichRun side={side} onChange={setSide} />}
            <RunMemory
              workflowJson={ranJson ?? draftJson ?? ''}
              input={run?.input.input}
              log={log}
              selection={selection}
              onSelect={select}
            />
          </Tabs.Panel>
        )}
      </Tabs>
    </Panel>
  )
}

function WhichRun({
  side,
  onChange,
}: {
  readonly side: RunPlace
  readonly onChange: (side: RunPlace) => void
}) {
  const options = places.map((value) => ({ value, label: placeName(value) }))
  return <Segmented label={t('test:output.whichRun')} value={side} options={options} onChange={onChange} />
}

function spokenState(run: TestRunState): string {
  return run.phase === 'running' ? t('test:run.inProgress') : phaseWords(run).text
}

function Untried() {
  return (
    <EmptyState icon={IconFlask2} title={t('test:output.nothing')}>
      {t('test:output.nothingHint')}
    </EmptyState>
  )
}

function Aside({ run }: { readonly run: TestRunState }) {
  const { text, tone } = phaseWords(run)
  return (
    <div className={classes.aside}>
      {run.isPast === true && <RelativeTime atMs={run.startedAtMs} />}
      <ToneBadge tone={tone}>{text}</ToneBadge>
      <CopyButton text={run.text} label={t('test:output.copy')} disabled={run.text === ''} />
    </div>
  )
}

/** Two runs of the same task. Each can fail by itself. */
function Compared({ runs, onAgain }: Pick<TestOutputProps, 'runs' | 'onAgain'>) {
  return (
    <>
      <ComparedFigures runs={runs} />
      <div className={classes.compared}>
        {runs.map((run) => {
          const place = placeName(run.input.where)
          return (
            <section key={run.input.where} aria-label={place}>
              <div className={classes.sideHead}>
                <h3>{place}</h3>
                <CopyButton
                  text={run.text}
                  label={t('test:output.copyAt', { place })}
                  disabled={run.text === ''}
                />
              </div>
              <div className={classes.sideBody}>
                <RunBody run={run} onAgain={onAgain} label={t('test:output.textAt', { place })} />
              </div>
              <RunStates run={run} />
            </section>
          )
        })}
      </div>
    </>
  )
}

interface RunBodyProps {
  readonly run: TestRunState
  readonly onAgain: () => void
  readonly label: string
}

function RunBody({ run, onAgain, label }: RunBodyProps) {
  const failure = run.end?.error
  return (
    <>
      {failure !== undefined && (
        <FailureNote failure={failure} title={t('test:run.notSucceeded')} onRetry={onAgain} />
      )}
      {run.notice !== undefined && <p className={classes.note}>{run.notice}</p>}
      {(failure === undefined || run.text !== '') && <RunText run={run} label={label} />}
    </>
  )
}
