import type { NotificationKind } from '../../protocol/notification-kinds.ts'
import type { Happening } from './happenings.ts'

/** What happens within so long is told together. */
const GATHER_MS = 3_000
/** The same thing is not told twice within that. */
const REPEAT_MS = 15 * 60_000
/** However much happens: in any hour. */
const PER_HOUR = 8
const HOUR_MS = 3_600_000
/** Of one kind, waiting to be told. What is beyond only adds to a number that says enough. */
const MOST_WAITING = 100
const MOST_REMEMBERED = 500

export interface NotifierInit {
  readonly isWanted: (kind: NotificationKind) => boolean
  /** The operator sees the window, and so all that would be told. */
  readonly isWatched: () => boolean
  /** All of one kind. */
  readonly show: (happened: readonly Happening[]) => void
  readonly now?: () => number
}

/** Decides which of all that happens is told, when, and what of it together. */
export class Notifier {
  readonly #init: NotifierInit
  readonly #now: () => number
  readonly #waiting = new Map<NotificationKind, Happening[]>()
  readonly #told = new Map<string, number>()
  #shown: number[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(init: NotifierInit) {
    this.#init = init
    this.#now = init.now ?? Date.now
  }

  add(happening: Happening): void {
    const { kind } = happening
    if (!this.#init.isWanted(kind) || this.#init.isWatched()) return
    const key = sameThing(happening)
    const now = this.#now()
    if (key !== undefined) {
      const toldAt = this.#told.get(key)
      if (toldAt !== undefined && now - toldAt < REPEAT_MS) return
      this.#remember(key, now)
    }
    const waiting = this.#waiting.get(kind) ?? []
    if (waiting.length < MOST_WAITING) waiting.push(happening)
    this.#waiting.set(kind, waiting)
    this.#timer ??= setTimeout(() => this.#tell(), GATHER_MS)
    this.#timer.unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#waiting.clear()
  }

  #tell(): void {
    this.#timer = undefined
    const now = this.#now()
    this.#shown = this.#shown.filter((atMs) => now - atMs < HOUR_MS)
    for (const [kind, happened] of this.#waiting) {
      // Trouble is told however much there was before it.
      if (kind !== 'trouble' && this.#shown.length >= PER_HOUR) continue
      this.#shown.push(now)
      this.#init.show(happened)
    }
    this.#waiting.clear()
  }

  #remember(key: string, now: number): void {
    this.#told.delete(key)
    this.#told.set(key, now)
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= MOST_REMEMBERED) break
      this.#told.delete(oldest)
    }
  }
}

/** Undefined for what is never the same thing again. */
function sameThing(happening: Happening): string | undefined {
  switch (happening.kind) {
    case 'trouble':
      return `trouble ${happening.code}`
    case 'models':
      return `model ${happening.name}`
    case 'downloads':
      return `download ${happening.code} ${happening.name}`
    case 'payments':
      return 'payments'
    case 'earnings':
      return undefined
    case 'pauses':
      return happening.pause === undefined ? 'pause over' : 'pause'
    case 'updates':
      return `update ${happening.version}`
  }
}
