import type {
  EarningsDayView,
  EarningsGroupPage,
  ExposureView,
  StatementView,
  UnpaidCauseView,
  UnpaidTaskPage,
} from '../protocol/views.ts'
import {
  type EarningsFilter,
  type EarningsGroupQuery,
  earningsByDay,
  earningsByGroup,
} from './earnings/earnings-sums.ts'
import { type UnpaidQuery, unpaidCauses, unpaidTasks } from './earnings/unpaid-tasks.ts'
import { listStatements } from './ledger/statements/statement-store.ts'
import type { Reader } from './store/contract.ts'
import type { TaskService } from './tasks/task-service.ts'

export interface MoneyComponents {
  readonly store: Reader
  readonly tasks: Pick<TaskService, 'exposure'>
}

/** What was earned, owed and lost, as the window asks for it. Everything is read when it is asked for. */
export class Money {
  readonly #components: MoneyComponents

  constructor(components: MoneyComponents) {
    this.#components = components
  }

  byDay(days: number, filter: EarningsFilter = {}): readonly EarningsDayView[] {
    return earningsByDay(this.#components.store, days, filter)
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

  exposure(limit: number): ExposureView {
    return this.#components.tasks.exposure(limit)
  }

  statements(limit: number): readonly StatementView[] {
    return listStatements(this.#components.store, limit)
  }
}
