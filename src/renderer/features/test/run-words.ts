import { t } from '../../../locales/translate.ts'
import { stateName, type Tone } from '../../format/task-words.ts'
import type { RunPlace } from './test-draft.ts'
import type { TestRunState } from './test-run.ts'

export function placeName(place: RunPlace): string {
  return t(`test:run.${place}`)
}

/** A run's state in a word or two. */
export function phaseWords(run: TestRunState): { readonly text: string; readonly tone: Tone } {
  if (run.phase === 'running') {
    const last = run.trace.at(-1)
    if (last === undefined) return { text: t('test:run.starting'), tone: 'waiting' }
    return { text: stateName(last.state), tone: last.state === 'executing' ? 'running' : 'waiting' }
  }
  if (run.phase === 'stopped') return { text: t('test:run.stopped'), tone: 'neutral' }
  return run.end?.ok === true
    ? { text: t('test:run.done'), tone: 'earned' }
    : { text: t('test:run.failed'), tone: 'attention' }
}
