import { Button } from '@mantine/core'
import { IconDatabase, IconInfoCircle } from '@tabler/icons-react'
import { type ReactNode, useDeferredValue, useMemo, useState } from 'react'
import { t } from '../../../locales/translate.ts'
import { INPUT_KEY } from '../../../protocol/workflow/schema.ts'
import { count } from '../../format/numbers.ts'
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
  const step = after === undefined ? 0 : after + 1
  // The input first: it is what the rest came of.
  const entries = [...cache].sort(([a], [b]) => Number(b === INPUT_KEY) - Number(a === INPUT_KEY))
  if (cache.size === 0 && stacks.size === 0 && files.length === 0) {
    return (
      <div className={classes.inspector}>
        <Doubts doubts={doubts} />
        <EmptyState icon={IconDatabase} title={t('workflow:memory.empty')}>
          {t('workflow:memory.emptyHint')}
        </EmptyState>
      </div>
    )
  }
  return (
    <div className={classes.inspector}>
      <p className={classes.when}>
        {after === undefined ? t('workflow:memory.beforeFirst') : t('workflow:memory.after', { step })}
      </p>
      <Doubts doubts={doubts} />
      {cache.size > 0 && (
        <Kind title={t('workflow:memory.cache')} aside={t('workflow:memory.entries', { count: cache.size })}>
          <Pages
            items={entries}
            draw={([key, text]) => (
              <div key={key} className={classes.entry}>
                <p className={classes.key}>
                  <code>{key}</code>
                  {key === INPUT_KEY && <span>{t('workflow:memory.runInput')}</span>}
                  {fresh.keys.has(key) && <Fresh>{t('workflow:memory.writtenIn', { step })}</Fresh>}
                </p>
                <ValueText text={text} label={t('workflow:memory.valueLabel', { key })} />
              </div>
            )}
          />
        </Kind>
      )}
      {stacks.size > 0 && (
        <Kind title={t('workflow:memory.stacks')} aside={count(stacks.size)}>
          <Pages
            items={[...stacks]}
            draw={([key, stack]) => (
              <Stack key={key} name={key} stack={stack} fresh={fresh.stacks.get(key)} step={step} />
            )}
          />
        </Kind>
      )}
      {files.length > 0 && (
        <Kind title={t('workflow:memory.files')} aside={t('workflow:memory.texts', { count: files.length })}>
          <Pages
            items={files}
            draw={({ text, chunks }, at) => (
              <div key={at} className={classes.entry}>
                <p className={classes.key}>
                  <span>{t('workflow:memory.chunks', { count: chunks })}</span>
                  {at >= files.length - fresh.files && (
                    <Fresh>{t('workflow:memory.putInBy', { step })}</Fresh>
                  )}
                </p>
                <ValueText text={text} label={t('workflow:memory.textLabel', { number: at + 1 })} />
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
  step,
}: {
  readonly name: string
  readonly stack: StackState
  readonly fresh: { readonly pushed: number; readonly taken: number } | undefined
  /** The one that was the last to change it, from 1. */
  readonly step: number
}) {
  const { items } = stack
  const firstFresh = items.length - (fresh?.pushed ?? 0)
  return (
    <div className={classes.entry}>
      <p className={classes.key}>
        <code>{name}</code>
        <span>{t('workflow:memory.items', { count: items.length })}</span>
        {fresh !== undefined && fresh.taken > 0 && (
          <Fresh>{t('workflow:memory.takenIn', { count: fresh.taken, step })}</Fresh>
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
                  <ValueText text={text} label={t('workflow:memory.itemLabel', { number: at, key: name })} />
                  {at >= firstFresh && (
                    <p className={classes.key}>
                      <Fresh>{t('workflow:memory.pushedIn', { step })}</Fresh>
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
        <p>{t('workflow:memory.notAll')}</p>
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
    <Button variant="subtle" color="gray" size="compact-xs" onClick={() => setShown(shown + PAGE)}>
      {t('workflow:memory.showMore', { shown: Math.min(PAGE, hidden), hidden })}
    </Button>
  )
  return (
    <>
      {fromEnd && more}
      {items.slice(from, from + shown).map((item, index) => draw(item, from + index))}
      {!fromEnd && more}
    </>
  )
}
