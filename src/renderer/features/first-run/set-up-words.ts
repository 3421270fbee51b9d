import { t } from '../../../locales/translate.ts'
import type { FirstRunView } from '../../../protocol/first-run-views.ts'

type Task = FirstRunView['tasks'][number]

/** What is to be done, or has become of it. */
export function taskTitle({ id, state }: Task): string {
  switch (id) {
    case 'model':
      return t(`setup:list.model.${state}`)
    case 'key':
      return t(`setup:list.key.${state === 'done' ? state : 'open'}`)
    case 'test':
      return t(`setup:list.test.${state === 'waiting' ? 'open' : state}`)
    case 'online':
      return t(`setup:list.online.${state === 'done' || state === 'running' ? state : 'open'}`)
  }
}
