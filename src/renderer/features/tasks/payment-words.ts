import type { DisputeCode } from '../../../protocol/payment.ts'
import type { DisputeView } from '../../../protocol/task-views.ts'
import type { TaskView } from '../../../protocol/views.ts'
import { isEnded, type StateWords } from '../../format/task-words.ts'

export interface PaymentWords extends StateWords {
  readonly sentence: string
}

/** How far the payment of a task has come, and what comes next. */
export function paymentWords(task: Pick<TaskView, 'role' | 'state' | 'payment' | 'error'>): PaymentWords {
  const executed = task.role === 'executed'
  switch (task.payment) {
    case 'pending':
      return {
        label: 'On its way',
        tone: 'waiting',
        sentence: executed
          ? 'The receipt is not here yet. The requester is asked again for seven days.'
          : 'Your receipt is not with the node yet. It is sent again until it is.',
      }
    case 'acknowledged':
      return {
        label: executed ? 'Earned' : 'Paid',
        tone: 'earned',
        sentence: executed ? 'The requester signed a receipt.' : 'The node has your signed receipt.',
      }
    case 'settled':
      return {
        label: 'Settled',
        tone: 'earned',
        sentence: executed ? 'The requester signed that it has paid.' : 'You signed that you have paid.',
      }
    case 'disputed':
      return { label: 'Disputed', tone: 'attention', sentence: 'It is not paid, and is not asked for again.' }
    case 'unpaid':
      return executed
        ? { label: 'Not paid', tone: 'attention', sentence: 'It was given up. A receipt still counts.' }
        : { label: 'Not taken', tone: 'attention', sentence: 'The node did not take your receipt.' }
    case 'none':
      return task.error === undefined
        ? { label: 'Free', tone: 'neutral', sentence: 'The price was nothing.' }
        : { label: 'Nothing due', tone: 'neutral', sentence: 'Only tasks that succeed are paid.' }
    case undefined:
      return {
        label: 'Not due yet',
        tone: 'neutral',
        sentence: isEnded(task.state)
          ? 'It comes to something once the result is checked.'
          : 'There is a receipt when the task is done and its requester has the result.',
      }
  }
}

export const disputeWords: Readonly<Record<DisputeCode, string>> = {
  not_as_agreed: 'Model, price or number of tokens is not what was agreed.',
  failed_verification: 'Done again, it came out otherwise.',
  other: 'It says why:',
}

export const toldWords: Readonly<Record<NonNullable<DisputeView['toldTo']>['state'], string>> = {
  waiting: 'the node has not been told yet',
  delivered: 'the node has it',
  refused: 'the node did not take it',
}
