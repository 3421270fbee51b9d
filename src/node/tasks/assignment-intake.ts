import { DriadError } from '../../protocol/errors.ts'
import { clipText } from '../../protocol/wire/clip-text.ts'
import { ERROR_MESSAGE_BYTES } from '../../protocol/wire/limits.ts'
import { Assignment, type Signed } from '../../protocol/wire/messages.pb.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import {
  type AdmissionComponents,
  admit,
  type OpenedAssignment,
  openAssignment,
  peekAssignment,
  sameWork,
} from './admission.ts'
import type { ClaimService } from './claim-service.ts'
import type { TaskLimits } from './limits.ts'
import type { TaskExecutor } from './task-executor.ts'
import { type StoredTask, signedBy, type TaskStore } from './task-store.ts'
import type { WorkSession } from './work-session.ts'

/** Rejections that no honest requester earns. */
const faultCodes = new Set<string>(['bad_signature', 'bad_message', 'bad_offer', 'too_large'])

export interface AssignmentIntakeComponents extends AdmissionComponents {
  readonly identity: Identity
  readonly tasks: TaskStore
  readonly executor: Pick<TaskExecutor, 'get' | 'attach' | 'accept'>
  readonly claims: Pick<ClaimService, 'paused' | 'spendCredit' | 'hasPlace' | 'claimed' | 'refused'>
  readonly isStopping: () => boolean
  readonly logger: Logger
}

/** What happens to an assignment when it arrives: room first, because saying no must be cheap, then everything else. */
export class AssignmentIntake {
  readonly #components: AssignmentIntakeComponents
  readonly #limits: TaskLimits

  constructor(components: AssignmentIntakeComponents, limits: TaskLimits) {
    this.#components = components
    this.#limits = limits
  }

  /** Accepts or rejects one assignment; never throws. */
  take(session: WorkSession, signed: Signed): void {
    const peeked = peekAssignment(signed)
    if (peeked === undefined) {
      session.fault(new DriadError('bad_message', 'An assignment without a task id'))
      return
    }
    const { taskId } = peeked
    try {
      this.#checkCapacity(session, peeked)
      const opened = openAssignment(
        signed,
        (offerId) => this.#components.claims.claimed(session, offerId),
        this.#components.identity,
      )
      if (this.#assignedBefore(session, opened)) return
      const admitted = admit(opened, this.#components)
      this.#components.executor.accept({
        assignment: admitted.assignment,
        signed,
        workflow: admitted.workflow,
        title: admitted.title,
        requester: admitted.requester,
        contact: session.target,
        modelDigest: admitted.model.digest,
        createdAtMs: Date.now(),
      })
    } catch (cause) {
      const error = DriadError.from(cause)
      if (error.code === 'internal')
        this.#components.logger.error('Admitting a task failed', { taskId, error: cause })
      reject(session, taskId, error, this.#components.logger)
      if (error.code === 'no_capacity' || error.code === 'unpaid_limit')
        this.#components.claims.refused(session)
      if (faultCodes.has(error.code)) session.fault(error)
    }
  }

  #checkCapacity(session: WorkSession, peeked: { offerId: string; model: string }): void {
    if (this.#components.isStopping()) throw new DriadError('stopping', 'This node is being stopped')
    if (this.#components.claims.paused) throw new DriadError('no_capacity', 'This node is paused')
    if (this.#components.claims.spendCredit(session, peeked.offerId)) {
      session.overdrawn = 0
      return
    }
    const model = this.#components.models.get(peeked.model)
    if (model === undefined || this.#components.claims.hasPlace(model)) return
    session.overdrawn++
    const error = new DriadError('no_capacity', 'This node has no room; wait for a credit')
    if (session.overdrawn > this.#limits.maxOverdrawn) session.abort(error)
    throw error
  }

  /** The same task again is no mistake: a requester that lost the stream cannot know that we have it. */
  #assignedBefore(session: WorkSession, opened: OpenedAssignment): boolean {
    const { tasks, executor } = this.#components
    const { taskId } = opened.assignment
    const active = executor.get(taskId)
    if (active !== undefined) {
      this.#checkSame(opened, active.requester, active.assignment)
      executor.attach(active, session.target)
      if (!active.durable) return true // Accepted follows when it is on disk.
      void session.send({ accepted: { taskId } })
      if (active.state === 'executing') void session.send({ started: { taskId } })
      return true
    }
    const stored = tasks.get(taskId)
    const assignment = stored === undefined ? undefined : tasks.assignment(taskId)
    if (stored === undefined || assignment === undefined) return false
    this.#checkSame(opened, stored.requester, Assignment.decode(assignment.payload))
    this.#repeatOutcome(session, stored)
    return true
  }

  #checkSame(opened: OpenedAssignment, requester: string, before: Assignment): void {
    if (requester === opened.requester && sameWork(before, opened.assignment)) return
    throw new DriadError('bad_offer', 'This node knows another task of the same id')
  }

  #repeatOutcome(session: WorkSession, stored: StoredTask): void {
    const { tasks, identity, logger } = this.#components
    const outcome = tasks.outcome(stored.taskId)
    if (outcome === undefined)
      throw new DriadError('no_capacity', 'This node has not taken the task up again yet')
    void session.send({ accepted: { taskId: stored.taskId } })
    void session.send({ outcome: signedBy(identity.publicKey, outcome) })
    if (stored.contact.peerId === session.peerId) return
    tasks.store
      .write((tx) => tasks.setContact(tx, stored.taskId, session.target))
      .catch((error: unknown) => logger.warn('A new contact could not be stored', { error }))
  }
}

export function reject(session: WorkSession, taskId: string, error: DriadError, logger: Logger): void {
  logger.debug('A task was rejected', { taskId, peer: session.peerId, code: error.code })
  void session.send({
    rejected: { taskId, errorCode: error.code, errorMessage: clipText(error.message, ERROR_MESSAGE_BYTES) },
  })
}
