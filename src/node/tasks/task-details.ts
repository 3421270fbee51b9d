import type { PaymentTrailView } from '../../protocol/task-views.ts'
import type { ReceiptView, TaskDetailView, TaskView } from '../../protocol/views.ts'
import { Assignment, Receipt, TaskOutcome } from '../../protocol/wire/messages.pb.ts'
import type { Ledger } from '../ledger/contract.ts'
import { settlementOfEntry } from '../ledger/statements/statement-store.ts'
import type { Reader } from '../store/contract.ts'
import { readDispute } from './disputes.ts'
import { type TaskPageRow, taskTransitions, taskView } from './task-pages.ts'
import type { TaskStore } from './task-store.ts'

/** All that is known of a stored task. */
export function taskDetail(row: TaskPageRow, tasks: TaskStore, ledger: Ledger): TaskDetailView {
  const assignmentBytes = tasks.assignment(row.task_id)
  const assignment = assignmentBytes === undefined ? undefined : Assignment.decode(assignmentBytes.payload)
  const outcomeBytes = row.error_code === null ? tasks.outcome(row.task_id) : undefined
  const receipt = row.ledger_seq === null ? undefined : receiptView(row.task_id, ledger)
  const dispute = readDispute(tasks.store, row.task_id)
  return {
    ...taskView(row),
    workflowJson: assignment?.workflowJson ?? '',
    deadlineMs: row.deadline_ms,
    transitions: taskTransitions(tasks.store, row.task_id),
    ...(assignment?.input === undefined ? {} : { input: assignment.input }),
    ...(outcomeBytes === undefined ? {} : { result: TaskOutcome.decode(outcomeBytes.payload).result }),
    ...(receipt === undefined ? {} : { receipt }),
    ...(dispute === undefined ? {} : { dispute }),
    paymentTrail: paymentTrail(row, tasks.store, assignment),
  }
}

function paymentTrail(row: TaskPageRow, store: Reader, assignment: Assignment | undefined): PaymentTrailView {
  const settled = row.ledger_seq === null ? undefined : settlementOfEntry(store, row.ledger_seq)
  return {
    ...(assignment !== undefined && {
      price: {
        promptMicroPer1k: String(assignment.promptMicroPer1k),
        completionMicroPer1k: String(assignment.completionMicroPer1k),
      },
    }),
    ...(row.delivered_at_ms !== null && { deliveredAtMs: row.delivered_at_ms }),
    ...settled,
  }
}

/** What a task is now, where the store is a moment behind. */
export function withLive(stored: TaskView, live: TaskView | undefined): TaskView {
  if (live === undefined || stored.endedAtMs !== undefined) return stored
  return {
    ...stored,
    state: live.state,
    ...(live.liveTokens === undefined ? {} : { liveTokens: live.liveTokens }),
  }
}

function receiptView(taskId: string, ledger: Ledger): ReceiptView | undefined {
  const entry = ledger.entryOfTask(taskId, 'credit')
  if (entry === undefined) return undefined
  return {
    ledgerSeq: entry.seq,
    resultHash: entry.resultHash,
    amountMicro: entry.amountMicro.toString(),
    issuedAtMs: Receipt.decode(entry.receipt.payload).issuedAtMs,
    signature: Buffer.from(entry.receipt.signature).toString('base64'),
  }
}
