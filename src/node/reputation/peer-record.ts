/**
 * What a requester remembers of a node, as numbers that fade: each counts by how long ago it was. What a requester got
 * wrong itself (a bad workflow, too short a deadline, a cancellation) is in none of them.
 */
export interface PeerRecord {
  /** Peer id. */
  readonly node: string
  readonly atMs: number
  /** Tasks that came to a result, and tasks that the node lost, refused after accepting, or failed for a reason of its own. */
  readonly succeeded: number
  readonly failed: number
  /** Checks that found a result right, and wrong. */
  readonly agreed: number
  readonly refuted: number
  /** Speed as it was seen here over speed as claimed: sum and weight of the logarithms. */
  readonly speedLogSum: number
  readonly speedWeight: number
  /** What came on top of computing, from assignment to outcome: sum and weight of milliseconds. */
  readonly delayMsSum: number
  readonly delayWeight: number
}

/** What selection and the draw of checks need to know of a node. */
export interface Standing {
  /** 0 to 1; a node that nothing is known of is in between. */
  readonly score: number
  /** Many results were found right and none wrong for long: it is checked less often. */
  readonly trusted: boolean
  /** Checks that counted, faded. */
  readonly checks: number
}

export type PeerEvent =
  | {
      readonly type: 'succeeded'
      /** Seen over claimed; absent where the node claimed no speed, or the answer was too short to tell. */
      readonly speedRatio?: number
      readonly delayMs?: number
    }
  | { readonly type: 'failed' }
  | { readonly type: 'agreed' }
  | { readonly type: 'refuted' }

const DAY_MS = 86_400_000
/** A result found wrong is remembered longest: it is rare, and on purpose. */
const HALF_LIFE_MS = { work: 14 * DAY_MS, agreed: 30 * DAY_MS, refuted: 90 * DAY_MS } as const
/** Tasks that a stranger is thought to have done, and how many of them well. */
const PRIOR_TASKS = 4
const PRIOR_SUCCEEDED = 3
/** A wrong result weighs as much as that many others. */
const REFUTED_WEIGHT = 4
/** What a node is thought to be worth that was never checked, in relation to one that was. */
const UNCHECKED = 0.75
const CHECKS_TO_TRUST = 5
const TRUSTED_SCORE = 0.75
/** Wrong results, faded, that still rule out trust. */
const TRUSTED_REFUTED = 0.05
/** A node that claims no more than twice what it does loses nothing by it: machines are busy at times. */
const TOLERATED_SPEED = 0.5

export function newPeerRecord(node: string, atMs: number): PeerRecord {
  const nothing = { succeeded: 0, failed: 0, agreed: 0, refuted: 0 }
  return { node, atMs, ...nothing, speedLogSum: 0, speedWeight: 0, delayMsSum: 0, delayWeight: 0 }
}

/** The same record at a later time. A clock that went back fades nothing. */
export function fadedRecord(record: PeerRecord, nowMs: number): PeerRecord {
  const ageMs = Math.max(0, nowMs - record.atMs)
  if (ageMs === 0) return record
  const left = (halfLifeMs: number) => 0.5 ** (ageMs / halfLifeMs)
  const work = left(HALF_LIFE_MS.work)
  return {
    node: record.node,
    atMs: nowMs,
    succeeded: record.succeeded * work,
    failed: record.failed * work,
    agreed: record.agreed * left(HALF_LIFE_MS.agreed),
    refuted: record.refuted * left(HALF_LIFE_MS.refuted),
    speedLogSum: record.speedLogSum * work,
    speedWeight: record.speedWeight * work,
    delayMsSum: record.delayMsSum * work,
    delayWeight: record.delayWeight * work,
  }
}

export function recordAfter(before: PeerRecord, event: PeerEvent, nowMs: number): PeerRecord {
  const record = fadedRecord(before, nowMs)
  if (event.type !== 'succeeded') return { ...record, [event.type]: record[event.type] + 1 }
  const { speedRatio, delayMs } = event
  return {
    ...record,
    succeeded: record.succeeded + 1,
    ...(speedRatio !== undefined && {
      speedLogSum: record.speedLogSum + Math.log(Math.min(4, Math.max(1 / 64, speedRatio))),
      speedWeight: record.speedWeight + 1,
    }),
    ...(delayMs !== undefined && {
      delayMsSum: record.delayMsSum + delayMs,
      delayWeight: record.delayWeight + 1,
    }),
  }
}

/** Seen over claimed speed, the geometric mean; undefined where nothing was seen. */
export function speedRatioOf({ speedLogSum, speedWeight }: PeerRecord): number | undefined {
  return speedWeight > 0 ? Math.exp(speedLogSum / speedWeight) : undefined
}

export function meanDelayMs({ delayMsSum, delayWeight }: PeerRecord): number | undefined {
  return delayWeight > 0 ? delayMsSum / delayWeight : undefined
}

export function standingOf(record: PeerRecord): Standing {
  const { succeeded, failed, agreed, refuted } = record
  const reliable = (succeeded + PRIOR_SUCCEEDED) / (succeeded + failed + PRIOR_TASKS)
  const proven = UNCHECKED + ((1 - UNCHECKED) * agreed) / (agreed + 1)
  const honest = proven / (1 + REFUTED_WEIGHT * refuted)
  const quick = Math.min(1, (speedRatioOf(record) ?? 1) / TOLERATED_SPEED)
  // A single slow answer says little.
  const speedy = 1 + ((quick - 1) * record.speedWeight) / (record.speedWeight + 2)
  const score = reliable * honest * Math.sqrt(speedy)
  return {
    score,
    trusted: agreed >= CHECKS_TO_TRUST && refuted < TRUSTED_REFUTED && score >= TRUSTED_SCORE,
    checks: agreed + refuted,
  }
}
