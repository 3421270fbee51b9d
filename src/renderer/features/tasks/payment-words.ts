import { t } from '../../../locales/translate.ts'
import type { TaskView } from '../../../protocol/views.ts'
import { isEnded, type StateWords } from '../../format/task-words.ts'

export interface PaymentWords extends StateWords {
  readonly sentence: string
}

/** How far the payment of a task has come, and what comes next. */
export function paymentWords(task: Pick<TaskView, 'role' | 'state' | 'payment' | 'error'>): PaymentWords {
  const { role, payment } = task
  switch (payment) {
    case 'pending':
      return {
        label: t('tasks:payment.pending.label'),
        tone: 'waiting',
        sentence: t(`tasks:payment.pending.${role}`),
      }
    case 'acknowledged':
      return {
        label: t(`tasks:payment.acknowledged.label.${role}`),
        tone: 'earned',
        sentence: t(`tasks:payment.acknowledged.${role}`),
      }
    case 'settled':
      return {
        label: t('tasks:payment.settled.label'),
        tone: 'earned',
        sentence: t(`tasks:payment.settled.${role}`),
      }
    case 'disputed':
      return {
        label: t('tasks:payment.disputed.label'),
        tone: 'attention',
        sentence: t('tasks:payment.disputed.sentence'),
      }
    case 'unpaid':
      return {
        label: t(`tasks:payment.unpaid.label.${role}`),
        tone: 'attention',
        sentence: t(`tasks:payment.unpaid.${role}`),
      }
    case 'none': {
      const why = task.error === undefined ? 'free' : 'nothingDue'
      return {
        label: t(`tasks:payment.${why}.label`),
        tone: 'neutral',
        sentence: t(`tasks:payment.${why}.sentence`),
      }
    }
    case undefined:
      return {
        label: t('tasks:payment.notDue.label'),
        tone: 'neutral',
        sentence: isEnded(task.state) ? t('tasks:payment.notDue.ended') : t('tasks:payment.notDue.running'),
      }
  }
}
