import { BoundedMap } from '../network/bounded-map.ts'

/** From a credit to the task that comes for it: over a network, two disks, and the turn of a requester with much to do. */
const ROUND_TRIP_MS = 200
/** From the end of a generation to the next one's being there, over the inference process's pipe and back, on a busy computer. */
const HAND_OVER_MS = 50
/** Tasks taken ahead are bounded, whatever their predecessors took: the next one may be a long one. */
const MAX_AHEAD_OF_SLOTS = 8
/** As many tasks have to have run before something is concluded from them. */
const MIN_RUNS = 16
/** What the newest run weighs in the mean. */
const NEWEST = 1 / 16
const MAX_MODELS = 64

interface RunTime {
  runs: number
  meanMs: number
}

/** How long tasks run, by model: where they are short, a slot would wait for the next one unless more are there. */
export class RunTimes {
  readonly #byModel = new BoundedMap<string, RunTime>(MAX_MODELS)

  ran(model: string, ms: number): void {
    const known = this.#byModel.get(model)
    if (known === undefined) {
      this.#byModel.set(model, { runs: 1, meanMs: ms })
      return
    }
    known.runs++
    known.meanMs += (ms - known.meanMs) * Math.max(NEWEST, 1 / known.runs)
  }

  /** Tasks that so many slots finish before one that is asked for now is here. */
  soonDone(model: string, slots: number): number {
    return this.#doneWithin(ROUND_TRIP_MS, model, slots, MAX_AHEAD_OF_SLOTS)
  }

  /** Tasks to have waiting in the inference process, so that it never waits for us: one for each slot at most. */
  handedAhead(model: string, slots: number): number {
    return this.#doneWithin(HAND_OVER_MS, model, slots, 1)
  }

  #doneWithin(ms: number, model: string, slots: number, maxPerSlot: number): number {
    const known = this.#byModel.get(model)
    if (known === undefined || known.runs < MIN_RUNS) return 0
    return Math.floor(slots * Math.min(maxPerSlot, ms / Math.max(1, known.meanMs)))
  }
}
