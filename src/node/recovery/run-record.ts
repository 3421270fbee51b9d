import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { SafeModeView } from '../../protocol/recovery-views.ts'
import { lastLogLines } from './last-log-lines.ts'
import { writeWhole } from './write-whole.ts'

/** A run that came so far was no crash at the start. */
export const SETTLED_MS = 2 * 60_000
/** So many ends soon after a start, within so long, and the next start is a safe one. */
export const CRASH_LOOP = { ends: 3, withinMs: 10 * 60_000 } as const
const KEPT_ENDS = 10
const LINES = 5
const REASON_LENGTH = 2_000

const runsSchema = z.object({
  /** The run that has not ended, or ended without a stop. */
  running: z
    .object({
      startedAtMs: z.number(),
      /** It had come up: whoever killed it after that need not have been itself. */
      up: z.boolean().optional(),
      settled: z.boolean(),
      fatal: z.string().optional(),
    })
    .optional(),
  /** Ends of its own, soon after a start. */
  crashes: z.array(z.object({ startedAtMs: z.number(), lines: z.array(z.string()) })),
  /** Found by a run in its database, for the next start. */
  damage: z.string().optional(),
  /** What the operator wants done at the next start. */
  wish: z
    .discriminatedUnion('act', [
      z.object({ act: z.literal('restore'), name: z.string() }),
      z.object({ act: z.literal('reset_settings') }),
    ])
    .optional(),
})
type Runs = z.output<typeof runsSchema>
export type StartWish = NonNullable<Runs['wish']>

/** How the run before ended, and how this one is to begin. */
export interface RunStart {
  /** The one before ended without a stop. */
  readonly unclean: boolean
  readonly damage: string | undefined
  readonly wish: StartWish | undefined
  readonly safeMode: SafeModeView | undefined
}

export interface RunRecordInit {
  readonly path: string
  readonly logsFolder: string
  /** `auto`: safe mode after crashes. */
  readonly safeMode: 'auto' | 'on' | 'off'
  readonly now?: () => number
}

/**
 * Keeps in a file that this run goes on, so that the next one knows how it ended. Written at a start, at an end, and when a run has
 * lasted a while. For whoever holds the folder's lock.
 */
export class RunRecord {
  readonly #init: RunRecordInit
  readonly #now: () => number
  #runs: Runs

  constructor(init: RunRecordInit) {
    this.#init = init
    this.#now = init.now ?? Date.now
    this.#runs = readRuns(init.path)
  }

  begin(): RunStart {
    const nowMs = this.#now()
    const { running: before, crashes, damage, wish } = this.#runs
    const found = [...crashes]
    // What had come up and ended without a word was killed: by somebody, by the system, or with the computer.
    const isCrash = before?.settled === false && (before.fatal !== undefined || before.up !== true)
    if (before !== undefined && isCrash) {
      const logged = lastLogLines(this.#init.logsFolder, before.startedAtMs, LINES)
      const lines = before.fatal === undefined ? logged : [...logged, before.fatal]
      found.push({ startedAtMs: before.startedAtMs, lines })
    }
    // A clock that was set back makes none of them later than now.
    const recent = found
      .filter(({ startedAtMs }) => Math.abs(nowMs - startedAtMs) <= CRASH_LOOP.withinMs)
      .slice(-KEPT_ENDS)
    this.#runs = {
      running: { startedAtMs: nowMs, settled: false },
      crashes: recent,
      // A wish is tried once; damage is there until it is mended.
      ...(damage !== undefined && { damage }),
    }
    this.#write()
    return {
      unclean: before !== undefined,
      damage,
      wish,
      safeMode: this.#safeMode(recent),
    }
  }

  /** What was damaged is mended. */
  mended(): void {
    const { damage, ...rest } = this.#runs
    if (damage === undefined) return
    this.#runs = rest
    this.#write()
  }

  /** What was to be loaded is. */
  cameUp(): void {
    this.#changeRun({ up: true })
  }

  /** It runs for long enough: the starts before it are forgiven. */
  settled(): void {
    this.#runs = { ...this.#runs, crashes: [] }
    this.#changeRun({ settled: true })
  }

  /** At the last moment of a process: what it died of. */
  fatal(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#changeRun({ fatal: text.slice(0, REASON_LENGTH) })
  }

  /** Something in the database is damaged, which the next start has to mend even if it does not see it. */
  damaged(reason: string): void {
    this.#runs = { ...this.#runs, damage: reason }
    this.#write()
  }

  wish(wish: StartWish): void {
    this.#runs = { ...this.#runs, wish }
    this.#write()
  }

  /** A stop: whatever came before it is no crash loop any more. */
  end(): void {
    const { damage, wish } = this.#runs
    this.#runs = { crashes: [], ...(damage !== undefined && { damage }), ...(wish !== undefined && { wish }) }
    this.#write()
  }

  /** The operator starts it normally. */
  forgive(): void {
    this.#runs = { ...this.#runs, crashes: [] }
    this.#write()
  }

  #safeMode(crashes: Runs['crashes']): SafeModeView | undefined {
    const { safeMode } = this.#init
    if (safeMode === 'off') return undefined
    const asked = safeMode === 'on'
    if (!asked && crashes.length < CRASH_LOOP.ends) return undefined
    return {
      cause: asked ? 'asked' : 'crashes',
      crashes: crashes.length,
      lastLines: crashes.at(-1)?.lines ?? [],
    }
  }

  #changeRun(change: Partial<NonNullable<Runs['running']>>): void {
    if (this.#runs.running === undefined) return
    this.#runs = { ...this.#runs, running: { ...this.#runs.running, ...change } }
    this.#write()
  }

  #write(): void {
    try {
      writeWhole(this.#init.path, `${JSON.stringify(this.#runs)}\n`)
    } catch {
      // A full disk must not end a run that could go on; the next change is written with all before it.
    }
  }
}

/** Of a file that says nothing, nothing is known. */
function readRuns(path: string): Runs {
  try {
    return runsSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return { crashes: [] }
  }
}
