import { v7 as uuidv7 } from 'uuid'
import { DriadError } from '../protocol/errors.ts'
import type {
  TestHistoryDetailView,
  TestHistoryItemView,
  TestRunEvent,
  TestRunInput,
} from '../protocol/views.ts'
import { inspectWorkflow } from '../protocol/workflow/parse.ts'
import type { StepReport } from '../protocol/workflow/step-report.ts'
import { oneLine, previewOf } from '../protocol/workflow/title.ts'
import type { Store } from './store/contract.ts'
import { KeptSteps } from './tasks/kept-steps.ts'

const KEPT_RUNS = 200
/** Characters of all runs that are kept: their inputs may be large. The newest run is kept whatever it has. */
const KEPT_CHARS = 64 * 1024 * 1024
/** Characters of a result that are kept. */
const RESULT_CHARS = 256 * 1024

type Ended = Extract<TestRunEvent, { type: 'ended' }>
type Detail = Pick<TestHistoryDetailView, 'input' | 'result' | 'error' | 'steps'>

interface Row {
  readonly id: string
  readonly at_ms: number
  readonly place: TestHistoryItemView['where']
  readonly model: string
  readonly title: string
  readonly outcome: TestHistoryItemView['outcome']
  readonly stats: string | null
}

/** The operator's own test runs, kept on this computer: the newest, bounded in number and in size. */
export class TestHistory {
  readonly #store: Store

  constructor(components: { readonly store: Store }) {
    this.#store = components.store
  }

  /** The newest first. */
  list(): TestHistoryItemView[] {
    return this.#store
      .all<Row>('SELECT id, at_ms, place, model, title, outcome, stats FROM test_runs ORDER BY id DESC')
      .map(itemOf)
  }

  /** Throws `unknown_task`. */
  get(id: string): TestHistoryDetailView {
    const row = this.#store.get<Row & { detail: string }>('SELECT * FROM test_runs WHERE id = ?', id)
    if (row === undefined) throw new DriadError('unknown_task', 'This run is not kept any more')
    return { ...itemOf(row), ...(JSON.parse(row.detail) as Detail) }
  }

  /** One run, or all of them. */
  async forget(id?: string): Promise<void> {
    await this.#store.write((tx) =>
      id === undefined ? tx.run('DELETE FROM test_runs') : tx.run('DELETE FROM test_runs WHERE id = ?', id),
    )
  }

  /** Follows one run; what it returns is told of its end. */
  follow(input: TestRunInput): RunRecord {
    return new RunRecord(this.#store, input)
  }
}

/** What is kept of one run, gathered while it goes on. */
export class RunRecord {
  readonly #store: Store
  readonly #input: TestRunInput
  readonly #id = uuidv7()
  readonly #atMs = Date.now()
  readonly #steps = new KeptSteps()

  constructor(store: Store, input: TestRunInput) {
    this.#store = store
    this.#input = input
  }

  step(report: StepReport): void {
    this.#steps.push(report)
  }

  /** Stores the run; without an end it was stopped. */
  async end(ended: Omit<Ended, 'type'> | undefined): Promise<void> {
    const { result, error, stats } = ended ?? {}
    const detail: Detail = {
      input: this.#input,
      ...(result !== undefined && { result: result.slice(0, RESULT_CHARS) }),
      ...(error !== undefined && { error }),
      steps: this.#steps.take().map((json) => JSON.parse(json) as StepReport),
    }
    const outcome = ended === undefined ? 'stopped' : ended.ok ? 'done' : 'failed'
    const { where, model } = this.#input
    const detailJson = JSON.stringify(detail)
    await this.#store.write((tx) => {
      tx.run(
        `INSERT INTO test_runs (id, at_ms, place, model, title, outcome, stats, detail, detail_chars)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        this.#id,
        this.#atMs,
        where,
        model,
        titleOf(this.#input),
        outcome,
        stats === undefined ? null : JSON.stringify(stats),
        detailJson,
        detailJson.length,
      )
      tx.run(
        `DELETE FROM test_runs WHERE id <> ? AND id NOT IN (
           SELECT id FROM (
             SELECT id, row_number() OVER newest AS number, sum(detail_chars) OVER newest AS chars
             FROM test_runs WINDOW newest AS (ORDER BY id DESC)
           ) WHERE number <= ? AND chars <= ?
         )`,
        this.#id,
        KEPT_RUNS,
        KEPT_CHARS,
      )
    })
  }
}

function itemOf({ id, at_ms, place, model, title, outcome, stats }: Row): TestHistoryItemView {
  return {
    id,
    atMs: at_ms,
    where: place,
    model,
    title,
    outcome,
    ...(stats !== null && { stats: JSON.parse(stats) as NonNullable<TestHistoryItemView['stats']> }),
  }
}

/** A run that was refused has a title, too. */
function titleOf({ prompt, workflowJson }: TestRunInput): string {
  if (prompt !== undefined) return oneLine(prompt)
  const { workflow } = inspectWorkflow(workflowJson)
  return workflow === undefined ? 'A workflow that is not valid' : previewOf(workflow)
}
