import type { DriadErrorCode } from '../../protocol/errors.ts'
import { amountMicro } from '../../protocol/money.ts'
import type { TaskFailure } from '../../protocol/task.ts'
import { clipText } from '../../protocol/wire/clip-text.ts'
import { ERROR_MESSAGE_BYTES, RESULT_BYTES } from '../../protocol/wire/limits.ts'
import type { Assignment, Signed, TaskOutcome } from '../../protocol/wire/messages.pb.ts'
import { type Signer, signMessage } from '../../protocol/wire/signing.ts'
import type { RunResult } from './task-runner.ts'
import type { TaskEnd } from './task-store.ts'

export interface OutcomeFacts {
  readonly assignment: Assignment
  /** Raw public key of who pays. */
  readonly requester: Uint8Array
  /** SHA-256 of the weights that ran. */
  readonly modelDigest: Uint8Array
  readonly run: RunResult
  readonly finishedAtMs: number
}

/** Signs what a task came to, and says how it is stored. A result above the wire's limit is the failure `too_large`. */
export function signOutcome(facts: OutcomeFacts, signer: Signer): { signed: Signed; end: TaskEnd } {
  const { assignment, run } = facts
  const failure = failureOf(run)
  const price = {
    promptMicroPer1k: assignment.promptMicroPer1k,
    completionMicroPer1k: assignment.completionMicroPer1k,
  }
  const outcome: TaskOutcome = {
    taskId: assignment.taskId,
    requester: bytes(facts.requester),
    ok: failure === undefined,
    result: run.ok && failure === undefined ? run.result : '',
    errorCode: failure?.code ?? '',
    errorMessage: failure?.message ?? '',
    model: assignment.model,
    modelDigest: bytes(facts.modelDigest),
    promptTokens: run.promptTokens,
    completionTokens: run.completionTokens,
    totalMs: run.totalMs,
    amountMicro: failure === undefined ? amountMicro(price, run) : 0n,
    finishedAtMs: facts.finishedAtMs,
    ...(run.firstTokenMs === undefined ? {} : { firstTokenMs: run.firstTokenMs }),
  }
  const signed = signMessage('outcome', outcome, signer)
  const end: TaskEnd = {
    state: failure === undefined ? 'completed' : endState(failure.code),
    endedAtMs: facts.finishedAtMs,
    promptTokens: outcome.promptTokens,
    completionTokens: outcome.completionTokens,
    totalMs: outcome.totalMs,
    amountMicro: outcome.amountMicro,
    outcome: signed,
    ...(outcome.firstTokenMs === undefined ? {} : { firstTokenMs: outcome.firstTokenMs }),
    ...(failure === undefined ? {} : { error: failure }),
  }
  return { signed, end }
}

function failureOf(run: RunResult): TaskFailure | undefined {
  if (!run.ok) return { code: run.error.code, message: clipText(run.error.message, ERROR_MESSAGE_BYTES) }
  if (Buffer.byteLength(run.result) <= RESULT_BYTES) return undefined
  return { code: 'too_large', message: `The result has more than ${RESULT_BYTES} bytes` }
}

function endState(code: DriadErrorCode): TaskEnd['state'] {
  if (code === 'deadline_exceeded') return 'expired'
  return code === 'cancelled' ? 'cancelled' : 'failed'
}

function bytes(value: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(value)
}
