/** Bounds of the requester's side of a task's life, in one place. Sizes on the wire are in protocol/wire/limits.ts. */
export const requesterLimits = {
  /** A task without a deadline of its own has this long. */
  defaultTimeoutMs: 600_000,
  /** Tasks written in one transaction by `publishMany`. */
  publishBatch: 500,
  /** Unplaced tasks of one offer whose ids are in memory; the rest wait in the store. */
  windowTasks: 256,
  /** Offers open at a time, each for one set of models and one price. */
  maxOffers: 256,
  /** Between two publications of an offer while tasks remain unplaced: from, doubling, to. */
  republishMinMs: 400,
  republishMaxMs: 5_000,
  /** A publication soon after the last one waits until this is over, so that a burst of tasks is one message. */
  republishBurstMs: 50,
  /** Peers are there, and none is known to serve the model: their subscriptions may be on the way. Asked again, so often. */
  unheardRetryMs: 100,
  unheardRetries: 15,
  /** How long a set of models that is larger than an offer waits to hear which of them are served. */
  servedWaitMs: 1_500,
  /** How long an offer stays valid after its last publication. */
  offerValidMs: 60_000,
  /** How long an offer and its credits are kept when nothing is left to place: the next task may come soon. */
  creditLingerMs: 2_000,
  /** How long the first nodes to answer a new offer leave their fair share to the others. */
  fairStartMs: 500,
  /** The first word to a waiting caller that nobody has answered. */
  noAnswerNoticeMs: 2_000,
  /** How often it is looked for nodes that do not answer, and for those who wait for them. */
  sweepMs: 500,
  maxSessions: 512,
  /** Tasks that nodes have, over all of them; more wait until some have ended. */
  maxPlaced: 16_384,
  /** Messages that are wrong (a task never assigned, a bad outcome…) that one stream may send before it is cut. */
  maxFaults: 16,
  /** Outcomes of one stream on their way to the disk. */
  maxOutcomesInFlight: 64,
  /** A node that does not read for this long loses its stream. */
  sendStallMs: 30_000,
  /** A node that neither accepts nor rejects an assignment for this long loses it. */
  acceptTimeoutMs: 15_000,
  /** A node that says nothing of a task it accepted for this long is asked; one that does not answer then counts as unreachable. */
  silenceMs: 30_000,
  /**
   * A node that has a task and shows no sign that it gets on with it is left alone for at least this long (it has to notice a
   * crash of its own, and begin anew), and for so many times what the work takes at the speed that it claims.
   */
  workMinMs: 90_000,
  workPatience: 4,
  /** A node that cannot be reached for this long loses its tasks to others. */
  lostNodeGraceMs: 15_000,
  pollMinMs: 250,
  pollMaxMs: 5_000,
  /** One connection attempt, and one question and answer, of a poll. */
  pollTimeoutMs: 5_000,
  /** Nodes polled at a time. */
  maxPolledNodes: 32,
  /** Between two questions to one node: it answers 50 a second. */
  pollSpacingMs: 25,
  /** A node that lost its tasks is still asked for them, this often. */
  lostPollMs: 15_000,
  /** How often mailboxes are asked for the results of a node that cannot be reached: from, doubling, to. */
  searchMinMs: 1_000,
  searchMaxMs: 60_000,
  /** The same where nothing but receipts is to be left: the node will ask for them itself. */
  searchForReceiptsMaxMs: 900_000,
  /** Nodes whose mailboxes are searched at a time. */
  maxSearches: 8,
  /** How long tasks that were taken up again are not ended for their deadlines, while it is asked who has done them. */
  homecomingMs: 20_000,
  /** A receipt that was not acknowledged is sent again: from, doubling, to. */
  receiptRetryMinMs: 1_000,
  receiptRetryMaxMs: 60_000,
  /** Nodes keep an outcome this long for its receipt; later it is of no use to them. */
  receiptRetentionMs: 7 * 86_400_000,
  /** Receipts of earlier runs that a start takes up. */
  maxReceiptsTakenUp: 1_024,
  /** An accepted task's outcome may come this long after its deadline: it may be on its way. */
  outcomeGraceMs: 1_000,
  /** How long a cancelled task's node may take to say how it ended. */
  cancelWaitMs: 2_000,
  /** How long `stop` waits for receipts to be acknowledged. */
  stopWaitMs: 3_000,
  /** Changes of state that nothing depends on are on disk at the latest after this. */
  transitionFlushMs: 50,
  /** The driver's lease, and how often it is renewed. */
  leaseMs: 15_000,
  leaseRenewMs: 5_000,
  /** How often a task that another process drives is looked at. */
  followMs: 250,
} as const

export type RequesterLimits = { readonly [Key in keyof typeof requesterLimits]: number }
