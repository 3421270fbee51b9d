import type { TaskState, TaskTransition } from '../../protocol/task.ts'
import type { TaskView } from '../../protocol/views.ts'
import type { Assignment, Signed } from '../../protocol/wire/messages.pb.ts'
import type { Workflow } from '../../protocol/workflow/schema.ts'
import type { PeerTarget } from '../network/contract.ts'

export interface ActiveTaskInit {
  readonly assignment: Assignment
  readonly signed: Signed
  readonly workflow: Workflow
  readonly title: string
  /** Peer id of the identity that pays. */
  readonly requester: string
  readonly contact: PeerTarget
  readonly modelDigest: Uint8Array
  readonly createdAtMs: number
  /** Its row is on disk already: it was recovered. */
  readonly durable: boolean
}

/** A task between its acceptance and the moment that its outcome is on disk. */
export class ActiveTask {
  readonly taskId: string
  readonly assignment: Assignment
  readonly signed: Signed
  readonly workflow: Workflow
  readonly title: string
  readonly requester: string
  readonly createdAtMs: number
  contact: PeerTarget
  modelDigest: Uint8Array
  durable: boolean
  /** An earlier run of the node had begun it. */
  readonly recovered: boolean
  state: Extract<TaskState, 'accepted' | 'executing'> = 'accepted'
  /** The run is over; what is left is writing down how it ended. */
  finishing = false
  /** It could not be written down: it was never accepted, and nothing of it is kept. */
  lost = false
  /** Completion tokens so far. */
  liveTokens = 0
  /** The last steps of its run, as JSON, that go to the disk with its outcome. */
  steps: readonly string[] = []
  readonly #abort = new AbortController()
  #unsaved: TaskTransition[] = []
  readonly #ended = Promise.withResolvers<void>()

  constructor(init: ActiveTaskInit) {
    this.taskId = init.assignment.taskId
    this.assignment = init.assignment
    this.signed = init.signed
    this.workflow = init.workflow
    this.title = init.title
    this.requester = init.requester
    this.contact = init.contact
    this.modelDigest = init.modelDigest
    this.createdAtMs = init.createdAtMs
    this.durable = init.durable
    this.recovered = init.durable
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Resolves when the task has left the active ones: its outcome is on disk, or it was dropped. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  abort(reason: Error): void {
    this.#abort.abort(reason)
  }

  leave(): void {
    this.#ended.resolve()
  }

  enter(state: ActiveTask['state'], reason?: string): void {
    this.state = state
    this.note(state, reason)
  }

  /** Remembers a transition until the next write takes it along. */
  note(state: TaskState, reason?: string): void {
    this.#unsaved.push({ state, atMs: Date.now(), ...(reason === undefined ? {} : { reason }) })
  }

  /** Transitions that are not on their way to the disk yet. */
  unsaved(): readonly TaskTransition[] {
    return [...this.#unsaved]
  }

  /** The transitions that no write has taken along yet. The caller writes them. */
  takeUnsaved(): readonly TaskTransition[] {
    return this.#unsaved.splice(0)
  }

  view(): TaskView {
    return {
      role: 'executed',
      taskId: this.taskId,
      title: this.title,
      state: this.state,
      model: this.assignment.model,
      counterparty: this.requester,
      createdAtMs: this.createdAtMs,
      ...(this.state === 'executing' ? { liveTokens: this.liveTokens } : {}),
    }
  }
}
