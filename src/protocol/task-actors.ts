import type { TaskTransition } from './task.ts'
import { taskNoteStarts } from './task-notes.ts'
import type { TaskRole } from './views.ts'

/** Who can stop a task, in the words that both sides keep. */
export const cancelReasons = {
  requester: 'The requester cancelled the task',
  operator: "The node's operator cancelled the task",
  lost: 'The requester went away',
} as const

/** Who brought a change of a task about. `deadline`: nobody did, time ran out. */
export type TaskActor = 'requester' | 'node' | 'operator' | 'deadline'

/**
 * Who is behind the transition at `index` of a task's history. A task that failed before a node had it failed with its requester:
 * nobody took it.
 */
export function transitionActor(
  role: TaskRole,
  transitions: readonly TaskTransition[],
  index: number,
): TaskActor {
  const transition = transitions[index]
  if (transition === undefined) return 'node'
  if (isDisputeNote(transition.reason)) return 'requester'
  switch (transition.state) {
    case 'created':
    case 'published':
    case 'retrieved':
    case 'acknowledged':
      return 'requester'
    case 'expired':
      return 'deadline'
    case 'cancelled':
      return transition.reason === cancelReasons.operator ? 'operator' : 'requester'
    case 'failed': {
      const wasTaken = transitions.slice(0, index).some(({ state }) => state === 'accepted')
      return role === 'executed' || wasTaken ? 'node' : 'requester'
    }
    default:
      return 'node'
  }
}

/** A dispute changes no state: it is noted in the state that the task has. */
export function isDisputeNote(reason: string | undefined): boolean {
  return reason?.startsWith(taskNoteStarts.disputes) === true
}
