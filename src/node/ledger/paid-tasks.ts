import { DriadError } from '../../protocol/errors.ts'
import { openSigned } from '../../protocol/wire/signing.ts'
import type { Connection } from '../store/connection.ts'
import type { LedgerDirection, LedgerEntry } from './contract.ts'

type Row = Readonly<Record<string, unknown>>

const columnsOf: Readonly<Record<LedgerDirection, readonly string[]>> = {
  credit: [
    'task_id',
    'requester',
    'amount_micro',
    'outcome_payload',
    'outcome_signature',
    'assignment_payload',
    'assignment_signature',
  ],
  debit: [
    'task_id',
    'amount_micro',
    'outcome_payload',
    'outcome_signature',
    'receipt_payload',
    'receipt_signature',
  ],
}

/** The rows that the node and the requester keep of tasks, compared with the ledger's entries for them. */
export class PaidTasks {
  readonly #db: Connection
  readonly #tables = new Map<string, boolean>()

  constructor(db: Connection) {
    this.#db = db
  }

  /**
   * What is wrong with the row of an entry's task: it must hold what was asked for, delivered and paid for. That it is missing is
   * nothing new where that was noted.
   */
  problemsOf(entry: LedgerEntry, known: { readonly missing?: boolean } = {}): string[] {
    const { seq, direction } = entry
    const table = direction === 'credit' ? 'node_tasks' : 'requests'
    const columns = columnsOf[direction]
    // A database of an older version may not have them yet.
    if (!this.#has(table, columns)) return []
    try {
      const row = this.#db.get<Row>(
        `SELECT ${columns.join(', ')} FROM ${table} WHERE task_id = ?`,
        entry.taskId,
      )
      if (row === undefined && known.missing === true) return []
      if (row === undefined) return [`The task of entry ${seq} is missing in the table ${table}`]
      return direction === 'credit' ? executedProblems(entry, row) : requestedProblems(entry, row)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return [`The task of entry ${seq} cannot be read: ${reason}`]
    }
  }

  #has(table: string, columns: readonly string[]): boolean {
    let has = this.#tables.get(table)
    if (has === undefined) {
      const found = this.#db.all<{ name: string }>('SELECT name FROM pragma_table_info(?)', table)
      has = columns.every((column) => found.some(({ name }) => name === column))
      this.#tables.set(table, has)
    }
    return has
  }
}

function executedProblems(entry: LedgerEntry, row: Row): string[] {
  const problems = commonProblems(entry, row)
  if (row['requester'] !== entry.counterparty) {
    problems.push(`The stored requester of entry ${entry.seq}'s task is not the one who paid`)
  }
  const problem = assignmentProblem(entry, row['assignment_payload'], row['assignment_signature'])
  return problem === undefined ? problems : [...problems, problem]
}

function requestedProblems(entry: LedgerEntry, row: Row): string[] {
  const problems = commonProblems(entry, row)
  if (
    !sameBytes(row['receipt_payload'], entry.receipt.payload) ||
    !sameBytes(row['receipt_signature'], entry.receipt.signature)
  ) {
    problems.push(`The stored receipt of entry ${entry.seq}'s task is not that of the entry`)
  }
  return problems
}

function commonProblems({ seq, outcome, amountMicro }: LedgerEntry, row: Row): string[] {
  const problems: string[] = []
  if (
    !sameBytes(row['outcome_payload'], outcome.payload) ||
    !sameBytes(row['outcome_signature'], outcome.signature)
  ) {
    problems.push(`The stored result of entry ${seq}'s task is not the one that was paid for`)
  }
  if (String(row['amount_micro']) !== String(amountMicro)) {
    problems.push(`The stored amount of entry ${seq}'s task is not the one that was paid`)
  }
  return problems
}

/** The task that was asked for must be as the payer signed it. */
function assignmentProblem(entry: LedgerEntry, payload: unknown, signature: unknown): string | undefined {
  const what = `The stored assignment of entry ${entry.seq}'s task`
  if (!(payload instanceof Uint8Array) || !(signature instanceof Uint8Array)) return `${what} is missing`
  const { publicKey } = entry.receipt
  try {
    const { message } = openSigned('assignment', {
      payload: new Uint8Array(payload),
      signature: new Uint8Array(signature),
      publicKey,
    })
    return message.taskId === entry.taskId ? undefined : `${what} is for another task`
  } catch (error) {
    return `${what} was changed: ${DriadError.from(error).message}`
  }
}

function sameBytes(found: unknown, expected: Uint8Array): boolean {
  return found instanceof Uint8Array && Buffer.compare(found, expected) === 0
}
