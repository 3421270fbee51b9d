import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { openStore } from '../../src/node/store/open-store.ts'
import { driad } from '../helpers/driad-process.ts'

export interface Audited {
  readonly name: string
  readonly kind: 'node' | 'requester'
  readonly dataDir: string
}

export interface AuditResult {
  /** Empty if all that must hold does. */
  readonly problems: readonly string[]
  /** How many tasks ended how, as their requesters see it, and as their nodes do. */
  readonly requests: Readonly<Record<string, number>>
  readonly executions: Readonly<Record<string, number>>
  readonly creditMicro: bigint
  readonly debitMicro: bigint
  readonly credits: number
  readonly debits: number
  /** Completed work that was not paid, by reason. */
  readonly unpaid: Readonly<Record<string, number>>
}

interface RequestRow {
  task_id: string
  state: string
  ended_at_ms: number | null
  receipt_state: string
  receipt_reason: string | null
  error_message: string | null
  node: string | null
  outcome_payload: Uint8Array | null
}

interface ExecutionRow {
  task_id: string
  state: string
  ended_at_ms: number | null
  receipt_state: string
  unpaid_reason: string | null
  outcome_payload: Uint8Array | null
}

interface EntryRow {
  task_id: string
  direction: 'credit' | 'debit'
  amount_micro: bigint
  result_hash: Uint8Array
}

const FINAL_REQUESTS = new Set(['acknowledged', 'failed', 'expired', 'cancelled'])
const FINAL_EXECUTIONS = new Set(['acknowledged', 'failed', 'expired', 'cancelled', 'completed'])
const FINAL_RECEIPTS = new Set(['acknowledged', 'superseded', 'unpaid'])

/** Compares the books of all members of a network after everything has come to rest. */
export async function audit(members: readonly Audited[]): Promise<AuditResult> {
  const problems: string[] = []
  const requests = new Map<string, RequestRow>()
  const executions: (ExecutionRow & { readonly by: string })[] = []
  const credits: (EntryRow & { readonly by: string })[] = []
  const debits: (EntryRow & { readonly by: string })[] = []

  for (const { name, dataDir } of members) {
    const store = openStore({ path: join(dataDir, 'driad.sqlite'), readOnly: true })
    for (const row of store.all<RequestRow>(
      'SELECT task_id, state, ended_at_ms, receipt_state, receipt_reason, error_message, node, outcome_payload FROM requests',
    )) {
      requests.set(row.task_id, row)
      if (row.ended_at_ms === null || !FINAL_REQUESTS.has(row.state))
        problems.push(`${name} asked for ${row.task_id}, which is still ${row.state}`)
      if (row.receipt_state === 'waiting')
        problems.push(`${name} could not hand over the receipt of ${row.task_id}`)
      if (row.receipt_state === 'refused')
        problems.push(`${name}'s receipt of ${row.task_id} was refused: ${row.receipt_reason}`)
    }
    for (const row of store.all<ExecutionRow>(
      'SELECT task_id, state, ended_at_ms, receipt_state, unpaid_reason, outcome_payload FROM node_tasks',
    )) {
      executions.push({ ...row, by: name })
      if (row.ended_at_ms === null || !FINAL_EXECUTIONS.has(row.state))
        problems.push(`${name} took ${row.task_id}, which is still ${row.state}`)
      else if (!FINAL_RECEIPTS.has(row.receipt_state))
        problems.push(`${name} still waits for the receipt of ${row.task_id} (${row.unpaid_reason})`)
    }
    for (const row of store.all<EntryRow>(
      'SELECT task_id, direction, amount_micro, result_hash FROM ledger',
    )) {
      ;(row.direction === 'credit' ? credits : debits).push({ ...row, by: name })
    }
    await store.close()
    const verified = await driad(['ledger', 'verify', '--data-dir', dataDir, '--json'])
    if (verified.code !== 0) problems.push(`The ledger of ${name} does not verify: ${verified.stdout}`)
  }

  problems.push(...twice('paid', debits), ...twice('credited', credits))
  const debitOf = new Map(debits.map((entry) => [entry.task_id, entry]))
  for (const credit of credits) {
    const debit = debitOf.get(credit.task_id)
    if (debit === undefined)
      problems.push(`${credit.by} was credited for ${credit.task_id}, which nobody paid`)
    else if (
      debit.amount_micro !== credit.amount_micro ||
      !Buffer.from(debit.result_hash).equals(credit.result_hash)
    )
      problems.push(`The two sides of ${credit.task_id} differ`)
  }
  const creditedTasks = new Set(credits.map((entry) => entry.task_id))
  for (const debit of debits) {
    if (!creditedTasks.has(debit.task_id))
      problems.push(`${debit.by} paid for ${debit.task_id}, and nobody has the credit`)
    const request = requests.get(debit.task_id)
    const hash = createHash('sha256')
      .update(request?.outcome_payload ?? '')
      .digest()
    if (!hash.equals(debit.result_hash))
      problems.push(`${debit.by} paid for ${debit.task_id} and lost its result`)
  }
  for (const execution of executions) {
    const request = requests.get(execution.task_id)
    // A requester that is killed in the moment in which it gives a task away may have never had it on its disk (ADR 0010).
    if (request === undefined && execution.receipt_state === 'superseded') continue
    if (request === undefined)
      problems.push(`${execution.by} executed ${execution.task_id}, which nobody asked for`)
    else if (execution.receipt_state === 'acknowledged' && execution.state === 'acknowledged') {
      const isSame = Buffer.from(request.outcome_payload ?? []).equals(
        execution.outcome_payload ?? Buffer.alloc(0),
      )
      if (!isSame)
        problems.push(
          `The requester of ${execution.task_id} has another result than ${execution.by} was paid for`,
        )
    }
  }
  return {
    problems,
    requests: tally([...requests.values()].map(({ state }) => state)),
    executions: tally(executions.map(({ state, receipt_state }) => `${state}, ${receipt_state}`)),
    creditMicro: credits.reduce((sum, entry) => sum + entry.amount_micro, 0n),
    debitMicro: debits.reduce((sum, entry) => sum + entry.amount_micro, 0n),
    credits: credits.length,
    debits: debits.length,
    unpaid: tally(
      executions
        .filter(({ state, receipt_state }) => state === 'completed' && receipt_state !== 'acknowledged')
        .map(({ task_id, unpaid_reason }) => {
          const reason = (unpaid_reason ?? 'no reason').replace(/\d{4}-\S+/, 'a moment')
          const request = requests.get(task_id)
          return `${reason} (${request === undefined ? 'lost with its requester' : endOf(request)})`
        }),
    ),
  }
}

/** What became of a task with its requester. */
function endOf({ state, error_message }: RequestRow): string {
  return error_message === null
    ? `${state}, by another node`
    : `${state}: ${error_message.replace(/[\d.]+ s/, 'its time')}`
}

function twice(
  what: string,
  entries: readonly { readonly task_id: string; readonly by: string }[],
): string[] {
  return [...Map.groupBy(entries, (entry) => entry.task_id)].flatMap(([taskId, of]) =>
    of.length > 1
      ? [`${taskId} was ${what} ${of.length} times, by ${of.map(({ by }) => by).join(', ')}`]
      : [],
  )
}

function tally(names: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, of]) => [name, of.length]))
}
