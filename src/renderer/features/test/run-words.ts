import { stateName, type Tone } from '../../format/task-words.ts'
import type { RunPlace } from './test-draft.ts'
import type { TestRunState } from './test-run.ts'

export const placeNames: Readonly<Record<RunPlace, string>> = { here: 'Here', network: 'On the network' }

/** A run's state in a word or two. */
export function phaseWords(run: TestRunState): { readonly text: string; readonly tone: Tone } {
  if (run.phase === 'running') {
    const last = run.trace.at(-1)
    if (last === undefined) return { text: 'Starting', tone: 'waiting' }
    return { text: stateName(last.state), tone: last.state === 'executing' ? 'running' : 'waiting' }
  }
  if (run.phase === 'stopped') return { text: 'Stopped', tone: 'neutral' }
  return run.end?.ok === true ? { text: 'Done', tone: 'earned' } : { text: 'Failed', tone: 'attention' }
}
