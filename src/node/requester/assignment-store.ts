import type { AssignedNodeView } from '../../protocol/task-views.ts'
import type { Reader, Store, Transaction } from '../store/contract.ts'
import type { RequestStore } from './request-store.ts'
import type { RequestAssignment } from './request-types.ts'

interface AssignmentRow {
  task_id: string
  node: string
  addresses: string
  mailboxes: string
  model: string
  model_digest: Uint8Array
  context_size: number
  prompt_micro_per_1k: bigint
  completion_micro_per_1k: bigint
  assigned_at_ms: number
}

/** What a node told of a task that it has. */
export interface TaskProgress {
  readonly taskId: string
  readonly node: string
  readonly state: 'accepted' | 'executing'
  readonly atMs: number
  /** The task that this one is a copy of. */
  readonly copyOf?: string
}

/** Why a task was never offered by gossip: a node that answered an earlier one still had room. */
export const DIRECTLY = 'A node that had answered before could have it at once'

/** Which nodes were given which tasks. Reads see what is on disk; writes go into a transaction. */
export class AssignmentStore {
  readonly #store: Store
  readonly #requests: Pick<RequestStore, 'get' | 'addTransition' | 'copies'>

  constructor(store: Store, requests: Pick<RequestStore, 'get' | 'addTransition' | 'copies'>) {
    this.#store = store
    this.#requests = requests
  }

  /** Gives the task to a node. `ended` if it has ended in the meantime. */
  assign(tx: Transaction, assignment: RequestAssignment): 'assigned' | 'published-and-assigned' | 'ended' {
    const { taskId, node, model, assignedAtMs } = assignment
    const before = this.#requests.get(taskId, tx)
    if (before === undefined || before.endedAtMs !== undefined) return 'ended'
    tx.run(
      "UPDATE requests SET node = ?, model = ?, state = 'published' WHERE task_id = ?",
      node,
      model,
      taskId,
    )
    if (before.state === 'created')
      this.#requests.addTransition(tx, taskId, 'published', assignedAtMs, DIRECTLY)
    tx.run(
      `INSERT OR REPLACE INTO request_assignments (task_id, node, addresses, model, model_digest, context_size,
         prompt_micro_per_1k, completion_micro_per_1k, assigned_at_ms, mailboxes)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      taskId,
      node,
      JSON.stringify(assignment.addresses),
      model,
      assignment.modelDigest,
      assignment.contextSize,
      assignment.price.promptMicroPer1k,
      assignment.price.completionMicroPer1k,
      assignedAtMs,
      JSON.stringify(assignment.mailboxes),
    )
    this.#requests.copies.changed(tx, before.copyOf, assignedAtMs)
    return before.state === 'created' ? 'published-and-assigned' : 'assigned'
  }

  /** The node says that it has the task, or runs it. Ignored where the task has gone on since. */
  progress(tx: Transaction, { taskId, node, state, atMs, copyOf }: TaskProgress): boolean {
    const earlier = state === 'accepted' ? "('created', 'published')" : "('created', 'published', 'accepted')"
    const { changes } = tx.run(
      `UPDATE requests SET state = ? WHERE task_id = ? AND node = ? AND ended_at_ms IS NULL AND state IN ${earlier}`,
      state,
      taskId,
      node,
    )
    if (changes === 0) return false
    if (state === 'accepted') {
      tx.run(
        'UPDATE request_assignments SET accepted_at_ms = ? WHERE task_id = ? AND node = ?',
        atMs,
        taskId,
        node,
      )
    }
    this.#requests.addTransition(tx, taskId, state, atMs)
    this.#requests.copies.changed(tx, copyOf, atMs)
    return true
  }

  /**
   * Takes the task from the node, so that another may have it. With `forget`, the node can no longer be paid for it;
   * without, its outcome still counts if it is the first.
   */
  unassign(
    tx: Transaction,
    taskId: string,
    node: string,
    { atMs, reason, forget }: { atMs: number; reason: string; forget: boolean },
  ): boolean {
    if (forget) tx.run('DELETE FROM request_assignments WHERE task_id = ? AND node = ?', taskId, node)
    const { changes } = tx.run(
      `UPDATE requests SET node = NULL, model = NULL, state = 'published'
       WHERE task_id = ? AND node = ? AND ended_at_ms IS NULL`,
      taskId,
      node,
    )
    if (changes === 0) return false
    this.#requests.addTransition(tx, taskId, 'published', atMs, reason)
    this.#requests.copies.changed(tx, this.#requests.copies.originalOf(taskId, tx), atMs)
    return true
  }

  /** A node that lost the task still has it after all, and nobody else has. */
  reassign(tx: Transaction, taskId: string, node: string, atMs: number, reason: string): boolean {
    const { changes } = tx.run(
      `UPDATE requests SET node = ?, state = 'accepted',
         model = (SELECT model FROM request_assignments a WHERE a.task_id = requests.task_id AND a.node = ?)
       WHERE task_id = ? AND node IS NULL AND ended_at_ms IS NULL`,
      node,
      node,
      taskId,
    )
    if (changes === 0) return false
    this.#requests.addTransition(tx, taskId, 'accepted', atMs, reason)
    this.#requests.copies.changed(tx, this.#requests.copies.originalOf(taskId, tx), atMs)
    return true
  }

  forget(tx: Transaction, taskId: string, node: string): void {
    tx.run('DELETE FROM request_assignments WHERE task_id = ? AND node = ?', taskId, node)
  }

  get(taskId: string, node: string, reader: Reader = this.#store): RequestAssignment | undefined {
    const row = reader.get<AssignmentRow>(
      'SELECT * FROM request_assignments WHERE task_id = ? AND node = ?',
      taskId,
      node,
    )
    return row === undefined ? undefined : assignmentOf(row)
  }

  /** Whether any node ever had the task. */
  any(taskId: string): boolean {
    return (
      this.#store.get(
        `SELECT 1 AS found FROM request_assignments WHERE task_id = ?
         UNION ALL SELECT 1 FROM request_transitions WHERE task_id = ? AND state = 'published' AND reason IS NOT NULL`,
        taskId,
        taskId,
      ) !== undefined
    )
  }

  all(taskId: string, reader: Reader = this.#store): readonly RequestAssignment[] {
    return reader
      .all<AssignmentRow>(
        'SELECT * FROM request_assignments WHERE task_id = ? ORDER BY assigned_at_ms',
        taskId,
      )
      .map(assignmentOf)
  }
}

function assignmentOf(row: AssignmentRow): RequestAssignment {
  return {
    taskId: row.task_id,
    node: row.node,
    addresses: JSON.parse(row.addresses) as string[],
    mailboxes: JSON.parse(row.mailboxes) as string[],
    model: row.model,
    modelDigest: row.model_digest,
    contextSize: row.context_size,
    price: {
      promptMicroPer1k: row.prompt_micro_per_1k,
      completionMicroPer1k: row.completion_micro_per_1k,
    },
    assignedAtMs: row.assigned_at_ms,
  }
}

/** The nodes that have or had a task, as the window shows them: the first one first. */
export function assignedNodes(reader: Reader, taskId: string): readonly AssignedNodeView[] {
  return reader
    .all<AssignmentRow & { accepted_at_ms: number | null }>(
      'SELECT * FROM request_assignments WHERE task_id = ? ORDER BY assigned_at_ms, node',
      taskId,
    )
    .map((row) => ({
      node: row.node,
      model: row.model,
      promptMicroPer1k: String(row.prompt_micro_per_1k),
      completionMicroPer1k: String(row.completion_micro_per_1k),
      assignedAtMs: row.assigned_at_ms,
      ...(row.accepted_at_ms !== null && { acceptedAtMs: row.accepted_at_ms }),
    }))
}
