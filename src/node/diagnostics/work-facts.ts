import type { HealthView } from '../../protocol/health-views.ts'
import type { Pseudonyms } from './pseudonyms.ts'
import type { SafeText } from './safe-text.ts'
import type { DiagnosticsSources } from './sources.ts'

/** The newest tasks of each kind. */
const MAX_TASKS = 100
const MAX_TRANSITIONS = 40

/** The inference process, how its predecessors ended, and the models. */
export function inferenceFacts(
  { inference, exits, models, status }: DiagnosticsSources,
  safe: SafeText,
): unknown {
  return {
    now:
      inference === undefined
        ? null
        : {
            state: inference.state,
            restarts: inference.restarts,
            reason: inference.reason === undefined ? null : safe.text(inference.reason),
          },
    ends: (exits ?? []).map(({ atMs, reason }) => ({ atMs, reason: safe.text(reason) })),
    load:
      status === undefined ? null : { running: status.running, queued: status.queued, slots: status.slots },
    models: (models ?? []).map((model) => ({
      name: model.name,
      state: model.state,
      error:
        model.error === undefined
          ? null
          : { code: model.error.code, message: safe.text(model.error.message) },
      loadedLess: model.notice?.because.code ?? null,
      builtIn: model.builtIn,
      path: safe.path(model.path),
      sizeBytes: model.sizeBytes,
      sha256: model.sha256 ?? null,
      // Of the file, whose author may write anything there.
      architecture: word(model.architecture),
      quantisation: word(model.quantisation),
      parameterCount: model.parameterCount ?? null,
      contextSize: model.contextSize ?? null,
      slots: model.slots ?? null,
      gpuLayers: model.gpuLayers ?? null,
      totalLayers: model.totalLayers ?? null,
      threads: model.threads ?? null,
      memoryBytes: model.memoryBytes ?? null,
      memory: model.memory ?? null,
      kvType: model.kvType ?? null,
      tokensPerSecond: model.tokensPerSecond ?? null,
      hasChatTemplate: model.hasChatTemplate ?? null,
      preload: model.preload,
    })),
  }
}

export function healthFacts({ state, atMs, checks }: HealthView, safe: SafeText): unknown {
  return {
    state,
    atMs,
    checks: checks.map((check) => safe.value({ ...check, mends: check.mends.map(({ act }) => act) })),
  }
}

interface TaskRow {
  readonly task_id: string
  readonly state: string
  readonly model: string | null
  readonly other: string | null
  readonly created_at_ms: number
  readonly ended_at_ms: number | null
  readonly error_code: string | null
  readonly error_message: string | null
  readonly prompt_tokens: number | null
  readonly completion_tokens: number | null
  readonly first_token_ms: number | null
  readonly total_ms: number | null
  readonly receipt_state: string
}

/** States, times and figures of tasks. The columns are named here one by one, and none of them has a content. */
export function taskFacts(
  { store }: DiagnosticsSources,
  parts: { readonly safe: SafeText; readonly pseudonyms: Pseudonyms },
): unknown {
  const columns = `task_id, state, model, created_at_ms, ended_at_ms, error_code, error_message, prompt_tokens,
    completion_tokens, first_token_ms, total_ms, receipt_state`
  const read = (table: string, other: string, transitions: string) => ({
    counts: store.all<{ state: string; error_code: string | null; receipt_state: string; tasks: number }>(
      `SELECT state, error_code, receipt_state, count(*) AS tasks FROM ${table} GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT 200`,
    ),
    newest: store
      .all<TaskRow>(`SELECT ${columns}, ${other} AS other FROM ${table} ORDER BY seq DESC LIMIT ?`, MAX_TASKS)
      .map((row) => taskFact(row, transitionsOf(store, transitions, row.task_id, parts.safe), parts)),
  })
  return {
    executed: read('node_tasks', 'requester', 'node_task_transitions'),
    requested: read('requests', 'node', 'request_transitions'),
  }
}

function taskFact(
  row: TaskRow,
  transitions: unknown,
  { safe, pseudonyms }: { readonly safe: SafeText; readonly pseudonyms: Pseudonyms },
): unknown {
  return {
    taskId: row.task_id,
    state: row.state,
    model: row.model,
    otherSide: row.other === null ? null : pseudonyms.peer(row.other),
    createdAtMs: row.created_at_ms,
    endedAtMs: row.ended_at_ms,
    error:
      row.error_code === null ? null : { code: row.error_code, message: safe.text(row.error_message ?? '') },
    promptTokens: row.prompt_tokens,
    completionTokens: row.completion_tokens,
    firstTokenMs: row.first_token_ms,
    totalMs: row.total_ms,
    receipt: row.receipt_state,
    transitions,
  }
}

function transitionsOf(
  store: DiagnosticsSources['store'],
  table: string,
  taskId: string,
  safe: SafeText,
): unknown {
  return store
    .all<{ state: string; at_ms: number; reason: string | null }>(
      `SELECT state, at_ms, reason FROM ${table} WHERE task_id = ? ORDER BY seq DESC LIMIT ?`,
      taskId,
      MAX_TRANSITIONS,
    )
    .toReversed()
    .map(({ state, at_ms, reason }) => ({
      state,
      atMs: at_ms,
      ...(reason !== null && { reason: safe.text(reason) }),
    }))
}

function word(text: string | undefined): string | null {
  return text !== undefined && /^[\w.-]{1,32}$/.test(text) ? text : null
}
