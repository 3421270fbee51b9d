import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type {
  EarningsDayView,
  EarningsGroupPage,
  EarningsModelDaysView,
  ExposureView,
  StatementView,
  UnpaidCauseView,
  UnpaidTaskPage,
} from '../protocol/earnings-views.ts'
import { DriadError } from '../protocol/errors.ts'
import {
  type EarningsFilter,
  type EarningsGroupQuery,
  earningsByDay,
  earningsByGroup,
  earningsByModelDay,
} from './earnings/earnings-sums.ts'
import { type UnpaidQuery, unpaidCauses, unpaidTasks } from './earnings/unpaid-tasks.ts'
import { readSettlementFile } from './ledger/statements/settlement-file.ts'
import { listStatements, type StatementPlace } from './ledger/statements/statement-store.ts'
import type { Period, Statements } from './ledger/statements/statements.ts'
import type { Reader } from './store/contract.ts'
import type { TaskService } from './tasks/task-service.ts'

export interface MoneyComponents {
  readonly store: Reader
  readonly tasks: Pick<TaskService, 'exposure'>
  readonly statements: Pick<Statements, 'issue' | 'lines' | 'settle'>
}

/** What was earned, owed and lost, and how it is settled, as the window asks for it. Everything is read when it is asked for. */
export class Money {
  readonly #components: MoneyComponents

  constructor(components: MoneyComponents) {
    this.#components = components
  }

  byDay(days: number, filter: EarningsFilter = {}): readonly EarningsDayView[] {
    return earningsByDay(this.#components.store, days, filter)
  }

  byModelDay(days: number, top: number, filter: EarningsFilter = {}): EarningsModelDaysView {
    return earningsByModelDay(this.#components.store, { days, top }, filter)
  }

  byGroup(query: EarningsGroupQuery): EarningsGroupPage {
    return earningsByGroup(this.#components.store, query)
  }

  unpaid(query: UnpaidQuery): UnpaidTaskPage {
    return unpaidTasks(this.#components.store, query)
  }

  unpaidCauses(fromMs: number, toMs: number): readonly UnpaidCauseView[] {
    return unpaidCauses(this.#components.store, fromMs, toMs)
  }

  exposure(limit: number, cursor?: string): ExposureView {
    return this.#components.tasks.exposure(limit, cursor)
  }

  statements(limit: number, after?: StatementPlace): readonly StatementView[] {
    return listStatements(this.#components.store, limit, after)
  }

  /**
   * Writes a statement of what a requester owes for a period to a file. Throws `bad_usage` where that is nothing, and what
   * `Statements.issue` throws.
   */
  async writeStatement(
    requester: string,
    period: Period,
    path: string,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    const { statements } = this.#components
    const statement = await statements.issue(requester, period)
    if (statement === undefined) {
      throw new DriadError('bad_usage', 'That requester owes nothing for that time that is not settled')
    }
    const text = async function* () {
      for await (const line of statements.lines(statement)) yield `${line}\n`
    }
    await pipeline(text, createWriteStream(path, { mode: 0o600 }), { signal: options.signal })
  }

  /** Takes a requester's settlement from a file. Throws `bad_usage` where it cannot be read, and what `Statements.settle` throws. */
  async takeSettlement(path: string): Promise<{ readonly entries: number; readonly totalMicro: string }> {
    const { settled } = await this.#components.statements.settle(await readSettlementFile(path))
    const { entries, totalMicro } = settled.statement
    return { entries, totalMicro: String(totalMicro) }
  }
}
