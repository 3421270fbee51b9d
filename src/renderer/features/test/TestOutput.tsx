import { VisuallyHidden } from '@mantine/core'
import { IconFlask2 } from '@tabler/icons-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { CopyButton } from '../../components/CopyButton.tsx'
import { EmptyState } from '../../components/EmptyState.tsx'
import { FailureNote } from '../../components/ErrorState.tsx'
import { Identifier } from '../../components/Identifier.tsx'
import { Panel } from '../../components/Panel.tsx'
import { ToneBadge } from '../../components/StateBadge.tsx'
import { Nothing } from '../../components/TokenCount.tsx'
import { count, rate } from '../../format/numbers.ts'
import { stateNames, type Tone } from '../../format/task-words.ts'
import { duration } from '../../format/time.ts'
import classes from './TestPage.module.css'
import type { TestRunState } from './test-session.ts'

export interface TestOutputProps {
  readonly run: TestRunState
  readonly onAgain: () => void
}

export function TestOutput({ run, onAgain }: TestOutputProps) {
  if (run.phase === 'idle') {
    return (
      <Panel title="Output" grow>
        <EmptyState icon={IconFlask2} title="Nothing was run yet">
          Here costs nothing. On the network, a node does the work and this computer’s identity pays it.
        </EmptyState>
      </Panel>
    )
  }
  const { text, tone } = phaseWords(run)
  const failure = run.end?.error
  return (
    <Panel
      title="Output"
      grow
      aside={
        <>
          <ToneBadge tone={tone}>{text}</ToneBadge>
          <CopyButton text={run.text} label="Copy output" disabled={run.text === ''} />
        </>
      }
    >
      <VisuallyHidden role="status">{run.phase === 'running' ? 'In progress' : text}</VisuallyHidden>
      <Figures run={run} />
      {failure !== undefined && (
        <FailureNote failure={failure} title="The task did not succeed" onRetry={onAgain} />
      )}
      {(failure === undefined || run.text !== '') && <StreamedText run={run} />}
      <Trace run={run} />
    </Panel>
  )
}

function phaseWords(run: TestRunState): { text: string; tone: Tone } {
  if (run.phase === 'running') {
    const last = run.trace.at(-1)
    if (last === undefined) return { text: 'Starting', tone: 'waiting' }
    return { text: stateNames[last.state], tone: last.state === 'executing' ? 'running' : 'waiting' }
  }
  if (run.phase === 'stopped') return { text: 'Stopped', tone: 'neutral' }
  return run.end?.ok === true ? { text: 'Done', tone: 'earned' } : { text: 'Failed', tone: 'attention' }
}

function Figures({ run }: { readonly run: TestRunState }) {
  const stats = run.end?.stats
  const firstMs =
    stats?.firstTokenMs ?? (run.firstTextAtMs === undefined ? undefined : run.firstTextAtMs - run.startedAtMs)
  const totalMs =
    stats?.totalMs ?? (run.endedAtMs === undefined ? undefined : run.endedAtMs - run.startedAtMs)
  const tokens = stats?.completionTokens ?? (run.tokens > 0 ? run.tokens : undefined)
  const endMs = totalMs ?? (run.lastTextAtMs ?? run.startedAtMs) - run.startedAtMs
  const speed =
    tokens !== undefined && tokens > 1 && firstMs !== undefined && endMs > firstMs
      ? ((tokens - 1) / (endMs - firstMs)) * 1_000
      : undefined
  return (
    <dl className={classes.figures}>
      <Figure name="First token" value={firstMs === undefined ? undefined : duration(firstMs)} />
      <Figure name="Speed" value={speed === undefined ? undefined : `${rate(speed)} tokens/s`} />
      <Figure
        name="Tokens"
        value={tokens === undefined ? undefined : count(tokens)}
        note={stats === undefined ? undefined : `+ ${count(stats.promptTokens)} prompt`}
      />
      <Figure name="In all" value={totalMs === undefined ? undefined : duration(totalMs)} />
    </dl>
  )
}

function Figure({
  name,
  value,
  note,
}: {
  readonly name: string
  readonly value: ReactNode
  readonly note?: string
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value ?? <Nothing />}
        {note !== undefined && <span className={classes.note}> {note}</span>}
      </dd>
    </div>
  )
}

/** The text as it comes; it stays at its end unless one scrolls up to read. */
function StreamedText({ run }: { readonly run: TestRunState }) {
  const box = useRef<HTMLPreElement>(null)
  const follows = useRef(true)
  const isRunning = run.phase === 'running'

  // biome-ignore lint/correctness/useExhaustiveDependencies: each new text is a reason to scroll
  useEffect(() => {
    const element = box.current
    if (element !== null && follows.current && isRunning) element.scrollTop = element.scrollHeight
  }, [run.text, isRunning])

  return (
    <pre
      ref={box}
      className={classes.text}
      {...{ role: 'group', 'aria-label': 'Text', 'aria-busy': isRunning, tabIndex: 0 }}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        follows.current = scrollHeight - scrollTop - clientHeight < 24
      }}
    >
      {run.text}
      {isRunning && <i aria-hidden className={classes.caret} />}
    </pre>
  )
}

function Trace({ run }: { readonly run: TestRunState }) {
  const node = run.trace.findLast((step) => step.node !== undefined)?.node
  if (run.trace.length === 0) return null
  return (
    <div className={classes.trace}>
      <ol aria-label="What happened">
        {run.trace.map((step) => (
          <li key={`${step.state} ${step.atMs}`}>
            {stateNames[step.state]} <time>{duration(step.atMs - run.startedAtMs)}</time>
          </li>
        ))}
      </ol>
      {run.where === 'network' && node !== undefined && (
        <span>
          by <Identifier value={node} label="node" />
        </span>
      )}
    </div>
  )
}
