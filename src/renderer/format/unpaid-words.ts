import type { UnpaidCode } from '../../protocol/payment.ts'
import type { Route } from '../app/routes.ts'
import type { Tone } from './task-words.ts'

/** Why a task brought nothing, as one would say it: what that means, and what can be done. */
export interface UnpaidWords {
  readonly label: string
  readonly tone: Tone
  readonly meaning: string
  readonly advice: string
  /** Where in the window it is done, if there is anything to do. */
  readonly mend?: { readonly label: string; readonly route: Route }
}

const requesters = { label: 'Open Requesters', route: { view: 'earnings', tab: 'requesters' } } as const

export const unpaidWords: Readonly<Record<UnpaidCode, UnpaidWords>> = {
  free: {
    label: 'Free of charge',
    tone: 'neutral',
    meaning: 'The price was nothing, so nothing is owed.',
    advice: 'Set a price if you want to be paid for this model.',
    mend: { label: 'Open prices', route: { view: 'settings' } },
  },
  failed_by_node: {
    label: 'Failed here',
    tone: 'attention',
    meaning: 'This computer could not finish it.',
    advice: 'Each task says what went wrong. If the same error comes again, the log says more.',
    mend: { label: 'Open Logs', route: { view: 'logs' } },
  },
  failed_by_requester: {
    label: 'Could not be done',
    tone: 'neutral',
    meaning: 'What was asked for cannot be done by any node: the workflow or its limits are at fault.',
    advice: 'There is nothing to do. It does not count against you.',
  },
  cancelled: {
    label: 'Cancelled',
    tone: 'neutral',
    meaning: 'It was stopped before it had a result.',
    advice: 'There is nothing to do. The task says who stopped it.',
  },
  expired: {
    label: 'Too late',
    tone: 'attention',
    meaning: 'Its deadline passed before it was done.',
    advice: 'If that happens often, fewer slots make each task faster.',
    mend: { label: 'Open Settings', route: { view: 'settings' } },
  },
  superseded: {
    label: 'Another was taken',
    tone: 'neutral',
    meaning: 'The requester took the result of another node.',
    advice:
      'There is nothing to do. For seven days it counts as unpaid work of that requester, so it gets less from you.',
    mend: requesters,
  },
  requester_gone: {
    label: 'Requester gone',
    tone: 'attention',
    meaning: 'The requester could not be reached for seven days.',
    advice:
      'A receipt that comes later still counts. If it was your own connection, see how you are reached.',
    mend: { label: 'Open Network', route: { view: 'network' } },
  },
  no_receipt: {
    label: 'No receipt',
    tone: 'attention',
    meaning: 'The requester has the result and signed nothing for seven days.',
    advice: 'It gets less work from you by itself. A receipt that comes later still counts.',
    mend: requesters,
  },
  receipt_wrong: {
    label: 'Wrong receipt',
    tone: 'attention',
    meaning: 'The requester signed for something else than was due.',
    advice: 'Each task says what differs. A right receipt still counts.',
    mend: requesters,
  },
  disputed: {
    label: 'Disputed',
    tone: 'attention',
    meaning: 'The requester signed why it does not pay.',
    advice: 'Read its reason in the task. If several refuse what one model writes, check that model’s file.',
    mend: { label: 'Open Models', route: { view: 'models' } },
  },
}
