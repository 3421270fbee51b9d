import { Button } from '@mantine/core'
import { IconDatabase, IconInfoCircle } from '@tabler/icons-react'
import { type ReactNode, useDeferredValue, useMemo, useState } from 'react'
import { INPUT_KEY } from '../../../protocol/workflow/schema.ts'
import { count, plural } from '../../format/numbers.ts'
import { EmptyState } from '../EmptyState.tsx'
import classes from './MemoryInspector.module.css'
import type { StackState } from './memory-state.ts'
import { memoryAfter, memoryAtStart } from './memory-view.ts'
import type { StepLog } from './step-log.ts'
import { ValueText } from './ValueText.tsx'

export interface MemoryInspectorProps {
  readonly workflowJson: string
  readonly log: StepLog
  /** The index of the step after which to look; the newest where absent. */
  readonly upTo?: number | undefined
  /** The run's input. */
  readonly input?: string | undefined
}

/** Entries of one kind that are shown at first, and more with each click. */
const PAGE = 50

/** What a run's memory holds after a step, and what that step changed. */
export function MemoryInspector({ workflowJson, log, upTo, input }: MemoryInspectorProps) {
  // A long run's memory is put together anew with each step: never at the cost of a click.
  const shownLog = useDeferredValue(log)
  const shownJson = useDeferredValue(workflowJson)
  const start = useMemo(() => memoryAtStart(shownJson, input), [shownJson, input])
  const { state, fresh, after, doubts } = useMemo(
    () => memoryAfter(start, shownLog, upTo),
    [start, shownLog, upTo],
  )
  const { cache, stacks, files } = state
  const changedIn = after === undefined ? '' : `step ${count(after + 1)}`
  // The input first: it is what the rest came of.
  const entries = [...cache].sort(([a], [b]) => Number(b === INPUT_KEY) - Number(a === INPUT_KEY))
  if (cache.size === 0 && stacks.size === 0 && files.length === 0) {
    return (
      <div className={classes.inspector}>
        <Doubts doubts={doubts} />
        <EmptyState icon={IconDatabase} title="The memory is empty">
          It holds what the workflow brings along, the run’s input, and what its tasks write.
        </EmptyState>
      </div>
    )
  }
  return (
    <div className={classes.inspector}>
      <p className={classes.when}>{after === undefined ? 'Before the first step' : `After ${changedIn}`}</p>
      <Doubts doubts={doubts} />
      {cache.size > 0 && (
        <Kind title="Cache" aside={plural(cache.size, 'entry', 'entries')}>
          <Pages
            items={entries}
            draw={([key, text]) => (
              <div key={key} className={classes.entry}>
                <p className={classes.key}>
                  <code>{key}</code>
                  {key === INPUT_KEY && <span>the run’s input</span>}
                  {fresh.keys.has(key) && <Fresh>written in {changedIn}</Fresh>}
                </p>
                <ValueText text={text} label={`value of ${key}`} />
              </div>
            )}
          />
        </Kind>
      )}
      {stacks.size > 0 && (
        <Kind title="Stacks" aside={count(stacks.size)}>
          <Pages
            items={[...stacks]}
            draw={([key, stack]) => (
              <Stack key={key} name={key} stack={stack} fresh={fresh.stacks.get(key)} changedIn={changedIn} />
            )}
          />
        </Kind>
      )}
      {files.length > 0 && (
        <Kind title="Files" aside={plural(files.length, 'text')}>
          <Pages
            items={files}
            draw={({ text, chunks }, at) => (
              <div key={at} className={classes.entry}>
                <p className={classes.key}>
                  <span>{plural(chunks, 'chunk')}</span>
                  {at >= files.length - fresh.files && <Fresh>put in by {changedIn}</Fresh>}
                </p>
                <ValueText text={text} label={`text ${at + 1} of the files`} />
              </div>
            )}
          />
        </Kind>
      )}
    </div>
  )
}

function Stack({
  name,
  stack,
  fresh,
  changedIn,
}: {
  readonly name: string
  readonly stack: StackState
  readonly fresh: { readonly pushed: number; readonly taken: number } | undefined
  readonly changedIn: string
}) {
  const { items } = stack
  const firstFresh = items.length - (fresh?.pushed ?? 0)
  return (
    <div className={classes.entry}>
      <p className={classes.key}>
        <code>{name}</code>
        <span>{plural(items.length, 'item')}, newest last</span>
        {fresh !== undefined && fresh.taken > 0 && (
          <Fresh>
            {plural(fresh.taken, 'item')} taken in {changedIn}
          </Fresh>
        )}
      </p>
      {items.length > 0 && (
        <ol className={classes.items}>
          <Pages
            items={items}
            // What was pushed last is what one looks for.
            fromEnd
            draw={(text, at) => (
              <li key={at} data-fresh={at >= firstFresh || undefined}>
                <span className={classes.at} data-figures>
                  {count(at)}
                </span>
                <div className={classes.entry}>
                  <ValueText text={text} label={`item ${at} of ${name}`} />
                  {at >= firstFresh && (
                    <p className={classes.key}>
                      <Fresh>pushed in {changedIn}</Fresh>
                    </p>
                  )}
                </div>
              </li>
            )}
          />
        </ol>
      )}
    </div>
  )
}

function Kind({
  title,
  aside,
  children,
}: {
  readonly title: string
  readonly aside: string
  readonly children: ReactNode
}) {
  return (
    <section className={classes.kind} aria-label={title}>
      <h3 className={classes.title}>
        {title} <span>{aside}</span>
      </h3>
      {children}
    </section>
  )
}

function Fresh({ children }: { readonly children: ReactNode }) {
  return <mark className={classes.fresh}>{children}</mark>
}

function Doubts({ doubts }: { readonly doubts: readonly string[] }) {
  if (doubts.length === 0) return null
  return (
    <div className={classes.doubts}>
      <IconInfoCircle aria-hidden size={15} />
      <div>
        <p>This may not be all of it.</p>
        {doubts.map((doubt) => (
          <p key={doubt}>{doubt}</p>
        ))}
      </div>
    </div>
  )
}

/** A list's first items, or its last, and a button for more: memory may hold thousands. */
function Pages<Item>({
  items,
  draw,
  fromEnd = false,
}: {
  readonly items: readonly Item[]
  readonly draw: (item: Item, at: number) => ReactNode
  readonly fromEnd?: boolean
}) {
  const [shown, setShown] = useState(PAGE)
  const hidden = Math.max(0, items.length - shown)
  const from = fromEnd ? hidden : 0
  const more = hidden > 0 && (
    <Button
      variant="subtle"
      color="gray"
      size="compact-xs"
      onClick={() => setShown(shown + PAGE)}
    >{`Show ${count(Math.min(PAGE, hidden))} of ${count(hidden)} more`}</Button>
  )
  return (
    <>
      {fromEnd && more}
      {items.slice(from, from + shown).map((item, index) => draw(item, from + index))}
      {!fromEnd && more}
    </>
  )
}
