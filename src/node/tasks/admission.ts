import { isDeepStrictEqual } from 'node:util'
import { DriadError } from '../../protocol/errors.ts'
import { withinPrice } from '../../protocol/money.ts'
import { samplingOf } from '../../protocol/sampling.ts'
import { TASK_LIFETIME_MS } from '../../protocol/wire/limits.ts'
import { Assignment, type Signed } from '../../protocol/wire/messages.pb.ts'
import { openSigned } from '../../protocol/wire/signing.ts'
import type { Workflow } from '../../protocol/workflow/schema.ts'
import { previewOf } from '../../protocol/workflow/title.ts'
import type { Identity } from '../identity/contract.ts'
import type { Claimed } from './claim-service.ts'
import type { ModelSource, ServedModel } from './contract.ts'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

export interface AdmissionComponents {
  readonly models: ModelSource
  readonly parseWorkflow: (json: string) => Workflow
  /** Throws `unpaid_limit` for a requester that left too much unpaid. */
  readonly requireAllowance: (requester: string) => void
}

/** An assignment that is ours, signed by whom we claimed it from. Not yet whether we can run it. */
export interface OpenedAssignment {
  readonly assignment: Assignment
  readonly signed: Signed
  /** Peer id of who pays. */
  readonly requester: string
}

export interface AdmittedTask extends OpenedAssignment {
  readonly workflow: Workflow
  readonly title: string
  readonly model: ServedModel
}

/**
 * Who assigned what: the signature, the node it is for, and the claim that it answers.
 * Throws `bad_signature`, `bad_message`, `too_large`, `bad_offer`.
 */
export function openAssignment(
  signed: Signed,
  claimed: (offerId: string) => Claimed | undefined,
  identity: Identity,
): OpenedAssignment {
  const { message: assignment, publicKey } = openSigned('assignment', signed)
  if (!Buffer.from(assignment.node).equals(identity.publicKey)) {
    throw new DriadError('bad_offer', 'The task is assigned to another node')
  }
  const claim = claimed(assignment.offerId)
  if (claim === undefined)
    throw new DriadError('bad_offer', 'This node has not claimed that offer on this stream')
  if (!Buffer.from(publicKey).equals(claim.requesterKey)) {
    throw new DriadError('bad_signature', 'The task is not signed by the identity that made the offer')
  }
  if (!claim.models.includes(assignment.model)) {
    throw new DriadError('bad_offer', `The model ${assignment.model} is not in the claim`)
  }
  return { assignment, signed, requester: claim.requester }
}

/**
 * Whether this node runs it, all checked before anything is spent, the cheapest first.
 * Throws `deadline_exceeded`, `bad_offer`, `model_unavailable`, `price_too_high`, `unpaid_limit`, `bad_workflow`,
 * `operator_unavailable`, `tool_unavailable`.
 */
export function admit(
  opened: OpenedAssignment,
  { models, parseWorkflow, requireAllowance }: AdmissionComponents,
): AdmittedTask {
  const { assignment, requester } = opened
  const leftMs = assignment.deadlineMs - Date.now()
  if (leftMs <= 0) throw new DriadError('deadline_exceeded', 'The deadline has passed')
  if (leftMs > TASK_LIFETIME_MS) {
    throw new DriadError('bad_offer', `The deadline is more than ${TASK_LIFETIME_MS / 86_400_000} days away`)
  }
  const model = models.get(assignment.model)
  if (model === undefined) {
    const why = models.whyNot(assignment.model)
    const message =
      why === undefined
        ? `The model ${assignment.model} is not loaded on this node now`
        : `The model ${assignment.model} is suspended on this node: ${why}`
    throw new DriadError('model_unavailable', message)
  }
  const agreed = {
    promptMicroPer1k: assignment.promptMicroPer1k,
    completionMicroPer1k: assignment.completionMicroPer1k,
  }
  if (!withinPrice(model.price, agreed)) {
    throw new DriadError('price_too_high', 'This node asks more than the price of the assignment')
  }
  requireAllowance(requester)
  const workflow = parseWorkflow(assignment.workflowJson)
  return { ...opened, workflow, title: previewOf(workflow), model }
}

/** True if both ask for the same work at the same price; the offer, the deadline and the way of delivery may differ. */
export function sameWork(a: Assignment, b: Assignment): boolean {
  return (
    a.taskId === b.taskId &&
    a.model === b.model &&
    a.workflowJson === b.workflowJson &&
    a.input === b.input &&
    a.scoreText === b.scoreText &&
    isDeepStrictEqual(samplingOf(a), samplingOf(b)) &&
    a.promptMicroPer1k === b.promptMicroPer1k &&
    a.completionMicroPer1k === b.completionMicroPer1k
  )
}

/** What an assignment says it is, read without checking anything else, so that a refusal costs little. */
export function peekAssignment(
  signed: Signed,
): { taskId: string; offerId: string; model: string } | undefined {
  try {
    const { taskId, offerId, model } = Assignment.decode(signed.payload)
    return UUID_V7.test(taskId) ? { taskId, offerId, model } : undefined
  } catch {
    return undefined
  }
}
