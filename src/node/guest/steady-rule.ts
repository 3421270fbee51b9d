/** A rule that has decided, and whether it is about to decide otherwise. */
export interface SteadyState {
  /** Whether it pauses the node. */
  readonly active: boolean
  /** Monotonic time since which what is seen has spoken against that, in milliseconds; absent while it does not. */
  readonly doubtedSinceMs?: number
}

/** How long something has to be seen before it counts. Milliseconds. */
export interface Patience {
  readonly toPauseMs: number
  readonly toServeMs: number
}

/**
 * What a rule says after it saw one more time whether it should pause. It changes its mind only after it saw the same all
 * through its patience, so it cannot flap; the first time it believes what it sees.
 */
export function steady(
  before: SteadyState | undefined,
  seen: boolean,
  nowMs: number,
  patience: Patience,
): SteadyState {
  if (before === undefined) return { active: seen }
  if (seen === before.active) return { active: before.active }
  const doubtedSinceMs = before.doubtedSinceMs ?? nowMs
  const neededMs = seen ? patience.toPauseMs : patience.toServeMs
  return nowMs - doubtedSinceMs >= neededMs ? { active: seen } : { active: before.active, doubtedSinceMs }
}
