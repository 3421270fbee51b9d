import type { ModelView } from '../../../../protocol/views.ts'
import type { StateWords } from '../../../format/task-words.ts'

export function modelWords(model: Pick<ModelView, 'state' | 'running'>): StateWords {
  switch (model.state) {
    case 'ready':
      return model.running > 0 ? { label: 'Running', tone: 'running' } : { label: 'Ready', tone: 'earned' }
    case 'loading':
      return { label: 'Loading', tone: 'waiting' }
    case 'idle':
      return { label: 'On demand', tone: 'earned' }
    case 'unloaded':
      return { label: 'Not loaded', tone: 'neutral' }
    case 'suspended':
      return { label: 'Suspended', tone: 'attention' }
    case 'failed':
      return { label: 'Failed', tone: 'attention' }
  }
}

/** Tokens a second of one task: by the benchmark, else as it was last told of. */
export function measuredSpeed({
  benchmark,
  tokensPerSecond,
}: Pick<ModelView, 'benchmark' | 'tokensPerSecond'>): number | undefined {
  return benchmark?.tokensPerSecond ?? tokensPerSecond
}

/** For those who cannot see the badge change; troubles announce themselves. */
export function modelAnnouncement({ name, state }: Pick<ModelView, 'name' | 'state'>): string {
  if (state === 'loading') return `${name} is being loaded`
  return state === 'ready' ? `${name} can be used` : ''
}

/** What a state means, where its word alone leaves that open. */
export function modelMeaning({ state }: Pick<ModelView, 'state'>): string | undefined {
  if (state === 'idle') return 'Not in memory now: it is loaded when a task asks for it.'
  if (state === 'unloaded') return 'Not served: no task is taken for it until it is loaded.'
  return undefined
}
