/**
 * What a node notes of a task by itself: in the task's history, and as the reason why it is not paid. It is kept in these
 * words; the window knows them again, and says them in the language that it speaks.
 */
export const taskNotes = {
  restarted: 'The node was started again',
  crashed: 'The inference process crashed; the generation is started again',
  superseded: 'Superseded: the requester no longer wanted the result',
  undelivered: 'The outcome could not be delivered within its retention',
  unacknowledged: 'No receipt: the outcome was delivered and never acknowledged',
} as const

/** Beginnings of notes that go on with what is known of the case: a time in ISO 8601, or a reason in somebody's words. */
export const taskNoteStarts = {
  unreachable: 'The requester has not been reachable since ',
  inMailboxes: 'The requester was away. The result waits for it with other nodes, encrypted, until ',
  wrongReceipt: 'No receipt: ',
  disputed: 'Disputed: ',
  disputes: 'The requester disputes the result: ',
} as const
