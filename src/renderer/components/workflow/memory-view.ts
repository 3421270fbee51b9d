import { t } from '../../../locales/translate.ts'
import { externalEntries } from '../../../protocol/workflow/external-memory.ts'
import { memoryText } from '../../../protocol/workflow/json-text.ts'
import { INPUT_KEY } from '../../../protocol/workflow/schema.ts'
import {
  type Freshness,
  followedBy,
  freshnessOf,
  initialMemory,
  type MemoryState,
  withChanges,
} from './memory-state.ts'
import { readWorkflow } from './read-workflow.ts'
import { gapBefore, type StepLog } from './step-log.ts'

export interface MemoryView {
  readonly state: MemoryState
  /** What the last step of it changed. */
  readonly fresh: Freshness
  /** The index of that step; undefined before the first. */
  readonly after: number | undefined
  /** Why this may not be all of it, each a sentence; empty where it is exact. */
  readonly doubts: readonly string[]
}

/** What a run begins with. Takes any text; what cannot be read is no memory. */
export function memoryAtStart(workflowJson: string, input: string | undefined): MemoryState {
  const { picture, json } = { json: undefined, ...readWorkflow(workflowJson) }
  return initialMemory(
    picture === undefined ? [] : externalEntries(json),
    input === undefined ? undefined : { type: 'write', key: INPUT_KEY, text: memoryText(input) },
  )
}

/**
 * The memory after the step of an index, or after the newest: what was there at the start, and every change that was
 * told of since.
 */
export function memoryAfter(start: MemoryState, log: StepLog, upTo: number | undefined): MemoryView {
  const { past } = log
  const steps = upTo === undefined ? log.steps : log.steps.filter(({ index }) => index <= upTo)
  const last = steps.at(-1)
  const doubts: string[] = []
  let state = past.dropped === 0 ? start : followedBy(start, past.memory)
  let { missing, lastIndex } = past
  let clipped = 0
  for (const step of steps) {
    state = withChanges(state, step.changes)
    missing += gapBefore(step, lastIndex).missing
    lastIndex = step.index
    if (step.clipped === true) clipped++
  }

  if (missing > 0) doubts.push(t('workflow:memory.doubt.missing', { count: missing }))
  if (clipped > 0 || past.isClipped) doubts.push(t('workflow:memory.doubt.clipped'))
  if (upTo !== undefined && upTo < past.lastIndex)
    doubts.push(t('workflow:memory.doubt.notKept', { step: past.lastIndex + 1 }))
  if (state.isCut) doubts.push(t('workflow:memory.doubt.cut'))
  if ([...state.stacks.values()].some(({ takenBelow }) => takenBelow > 0))
    doubts.push(t('workflow:memory.doubt.takenBelow'))
  return {
    state,
    fresh: freshnessOf(last?.changes ?? []),
    after: last?.index ?? (past.dropped > 0 ? past.lastIndex : undefined),
    doubts,
  }
}
