import type { DataFolder } from '../../node/data-folder.ts'
import type { Logger } from '../../node/logs/contract.ts'
import { processRuns } from '../../node/store/process-runs.ts'
import { forgetSavedDatabase, restoreDatabase, rollBack } from './guard.ts'
import type { Replaceable } from './installation.ts'
import type { PendingUpdate, UpdateJournal } from './update-journal.ts'

/** A version that was started so often without a word is not started once more. */
const MAX_STARTS = 3

export interface ProbationInit {
  readonly folder: DataFolder
  readonly journal: UpdateJournal
  readonly version: string
  /** Undefined where the system's installer replaces the program: nothing is put back then. */
  readonly installation: Replaceable | undefined
  readonly logger: Logger
}

/** The first start of a new version: it has to prove itself before it joins. */
export interface Probation {
  confirm(): void
  /** Whether the previous version takes over when this one is unfit. */
  readonly givesWay: boolean
  /**
   * The version is unfit. Resolves to what becomes of it: its guard puts the previous one back (`guarded`), it has done so itself
   * (`rolled_back`: the previous one is to be started), or nothing can be put back (`stays`: it must not serve).
   */
  fail(reason: string): Promise<'guarded' | 'rolled_back' | 'stays'>
  /** Why it need not even be tried. */
  readonly hopeless: string | undefined
}

/** Undefined where this version is not on probation. What an interrupted update left is cleared away. */
export function enterProbation(init: ProbationInit): Probation | undefined {
  const { folder, journal, version, logger } = init
  const pending = journal.pending()
  if (pending === undefined) return undefined
  if (pending.to !== version) {
    // The previous version runs again, by whatever hand.
    restoreDatabase(folder, pending)
    const reason = pending.failure ?? 'It was not started, or did not say that it is fit'
    logger.warn('An update did not come to its end', { ...pending, reason })
    journal.refuse({ version: pending.to, reason, atMs: Date.now(), rolledBack: true })
    return undefined
  }
  const starts = pending.starts + 1
  journal.amend({ starts })
  return new OnProbation(init, { ...pending, starts })
}

class OnProbation implements Probation {
  readonly #init: ProbationInit
  readonly #pending: PendingUpdate

  constructor(init: ProbationInit, pending: PendingUpdate) {
    this.#init = init
    this.#pending = pending
  }

  get givesWay(): boolean {
    return this.#isGuarded() || this.#init.installation?.canPutBack() === true
  }

  get hopeless(): string | undefined {
    if (this.#isGuarded() || this.#pending.starts <= MAX_STARTS) return undefined
    return `It was started ${MAX_STARTS} times and did not come up`
  }

  confirm(): void {
    this.#init.journal.confirm()
    forgetSavedDatabase(this.#init.folder)
    this.#init.logger.info('This version is fit', { from: this.#pending.from, to: this.#pending.to })
  }

  async fail(reason: string): Promise<'guarded' | 'rolled_back' | 'stays'> {
    const { journal, installation, folder, logger } = this.#init
    logger.error('This version is not fit to serve', { version: this.#pending.to, reason })
    if (this.#isGuarded()) {
      journal.amend({ failure: reason })
      return 'guarded'
    }
    const pending = this.#pending
    if (installation === undefined || !installation.canPutBack()) {
      journal.refuse({ version: pending.to, reason, atMs: Date.now(), rolledBack: false })
      return 'stays'
    }
    await rollBack({ folder, journal, installation, pending, reason })
    return 'rolled_back'
  }

  #isGuarded(): boolean {
    const { guardPid, guardStart } = this.#pending
    return guardPid !== undefined && processRuns(guardPid, guardStart)
  }
}
