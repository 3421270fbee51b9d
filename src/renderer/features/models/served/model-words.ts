import { t } from '../../../../locales/translate.ts'
import type { ModelView } from '../../../../protocol/views.ts'
import type { StateWords } from '../../../format/task-words.ts'

export function modelWords(model: Pick<ModelView, 'state' | 'running'>): StateWords {
  switch (model.state) {
    case 'ready':
      return model.running > 0
        ? { label: t('models-served:state.running'), tone: 'running' }
        : { label: t('models-served:state.ready'), tone: 'earned' }
    case 'loading':
      return { label: t('models-served:state.loading'), tone: 'waiting' }
    case 'idle':
      return { label: t('models-served:state.idle'), tone: 'earned' }
    case 'unloaded':
      return { label: t('models-served:state.unloaded'), tone: 'neutral' }
    case 'suspended':
      return { label: t('models-served:state.suspended'), tone: 'attention' }
    case 'failed':
      return { label: t('models-served:state.failed'), tone: 'attention' }
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
  if (state === 'loading') return t('models-served:announcement.loading', { name })
  return state === 'ready' ? t('models-served:announcement.ready', { name }) : ''
}

/** What a state means, where its word alone leaves that open. */
export function modelMeaning({ state }: Pick<ModelView, 'state'>): string | undefined {
  if (state === 'idle') return t('models-served:meaning.idle')
  if (state === 'unloaded') return t('models-served:meaning.unloaded')
  return undefined
}
