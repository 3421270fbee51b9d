import type { CheckView } from '../../protocol/views.ts'
import { TaskOutcome } from '../../protocol/wire/messages.pb.ts'
import type { RequestStore } from '../requester/request-store.ts'
import type { Reader, Transaction } from '../store/contract.ts'
import type { CheckMethod, CheckRecord, CheckSubject, VerdictKind } from './contract.ts'

interface CheckRow {
  task_id: string
  node: string
  method: CheckMethod
  verdict: VerdictKind
  reason: string
  late: number
  at_ms: number
}

export function writeCheck(tx: Transaction, check: CheckRecord): void {
  tx.run(
    `INSERT OR REPLACE INTO request_checks (task_id, node, method, verdict, reason, late, at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    check.taskId,
    check.node,
    check.method,
    check.verdict,
    check.reason,
    check.late ? 1 : 0,
    check.atMs,
  )
}

/** The checks of a task's results, the oldest first. */
export function checksOf(reader: Reader, taskId: string): readonly CheckView[] {
  return reader
    .all<CheckRow>('SELECT * FROM request_checks WHERE task_id = ? ORDER BY at_ms', taskId)
    .map(({ node, method, verdict, reason, late, at_ms }) => ({
      node,
      method,
      verdict,
      reason,
      late: late === 1,
      atMs: at_ms,
    }))
}

/** The latest results of a node that were taken without a check, the newest first. */
export function uncheckedResults(requests: RequestStore, node: string, limit: number): readonly string[] {
  return requests.store
    .all<{ task_id: string }>(
      `SELECT task_id FROM requests
       WHERE node = ? AND outcome_payload IS NOT NULL AND error_code IS NULL
         AND NOT EXISTS (SELECT 1 FROM request_checks c WHERE c.task_id = requests.task_id AND c.node = requests.node)
       ORDER BY ended_at_ms DESC LIMIT ?`,
      node,
      limit,
    )
    .map((row) => row.task_id)
}

/** A result that was taken, as it came. Undefined where it is not kept any more. */
export function storedSubject(
  requests: RequestStore,
  taskId: string,
  node: string,
): CheckSubject | undefined {
  const assignment = requests.assignments.get(taskId, node)
  const contents = requests.contents(taskId)
  const row = requests.store.get<{ outcome_payload: Uint8Array | null }>(
    'SELECT outcome_payload FROM requests WHERE task_id = ? AND node = ?',
    taskId,
    node,
  )
  if (assignment === undefined || contents === undefined || row?.outcome_payload == null) return undefined
  return { taskId, node, assignment, contents, outcome: TaskOutcome.decode(row.outcome_payload) }
}
