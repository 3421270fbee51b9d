/** Bounds of the node's side of a task's life, in one place. Sizes on the wire are in protocol/wire/limits.ts. */
export const taskLimits = {
  /** Tasks taken beyond the slots of a model, so that a slot never waits for the network. */
  prefetch: 2,
  /** Assigned tasks that may wait for a slot, over all models. Recovered tasks may exceed it. */
  maxQueued: 256,
  /** Open offers remembered; the oldest is forgotten. */
  maxOpenOffers: 256,
  maxOpenOffersPerRequester: 64,
  /** Claims of one work stream that are remembered, for assignments that come after their offer is gone. */
  maxClaimsPerSession: 64,
  /** Credits that nobody used are free again after this. */
  creditLapseMs: 5_000,
  /** An outcome waits this long for its receipt; then it is given up as unpaid. */
  outboxRetentionMs: 7 * 86_400_000,
  retentionSweepMs: 3_600_000,
  /** Contacts for which deliveries are scheduled in memory; the rest wait in the store. */
  maxOutboxContacts: 256,
  maxOutboxDials: 4,
  redialMinMs: 1_000,
  redialMaxMs: 60_000,
  /** An outcome that was pushed and not acknowledged on an open stream is pushed again after this. */
  repushMs: 60_000,
  maxSessions: 256,
  maxClaimDials: 8,
  dialTimeoutMs: 10_000,
  /** A work stream on which nothing is promised, run or owed is closed after this. */
  sessionIdleMs: 300_000,
  /** A requester that does not read for this long loses its stream. */
  sendStallMs: 30_000,
  /** Streamed text that a slow requester may be behind by; beyond it, it gets the outcome only. */
  maxPendingTextChars: 65_536,
  maxPendingMessages: 1_024,
  /** Assignments without a credit that one stream may send before it is cut. */
  maxOverdrawn: 64,
  /** Messages that are wrong (bad signature, bad receipt…) that one stream may send before it is cut. */
  maxFaults: 16,
  /** Receipts of one stream on their way to the disk. */
  maxReceiptsInFlight: 64,
  maxResultStreams: 128,
  maxResultStreamsPerPeer: 8,
  resultStreamIdleMs: 60_000,
  /** Polls a second, and in one burst, for each peer. */
  resultRatePerSecond: 50,
  resultBurst: 100,
  /** How far the clock of who polls may be off. */
  maxRequestAgeMs: 3_600_000,
  /** How long a cancelled task may take to end before the answer is RUNNING. */
  cancelWaitMs: 2_000,
  /** How long a task waits for its model to come back after a crash of the inference process: large ones load slowly. */
  modelReturnMs: 120_000,
  /** How often a start of the node takes a task up again before it is given up. */
  maxAttempts: 3,
  /** A change of state is on disk at the latest after this, where nothing else depends on it. */
  transitionFlushMs: 250,
  drainMs: 30_000,
  /** After the drain, how long the last receipts may take. */
  lastReceiptsMs: 1_000,
} as const

export type TaskLimits = { readonly [Key in keyof typeof taskLimits]: number }
