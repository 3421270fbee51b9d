/** Bounds of letters: of those that this node keeps for others, and of those that it leaves and fetches. */
export const mailLimits = {
  /** Letters of others that are kept, whatever their sizes. */
  maxLetters: 10_000,
  /** What one depositor, or one requester, may have here: this part of all bytes and letters. */
  shareOfOne: 0.25,
  /** Longest that a letter is kept here. */
  retentionMs: 7 * 86_400_000,
  sweepMs: 600_000,
  maxStreams: 64,
  maxStreamsPerPeer: 4,
  streamIdleMs: 30_000,
  /** Messages a second, and in one burst, of each peer. */
  ratePerSecond: 250,
  burst: 1_000,
  /** How far the clock of who writes may be off. */
  maxRequestAgeMs: 3_600_000,

  /** Mailboxes that each result is left with. */
  copies: 2,
  /** Mailboxes that are tried, or asked, for one requester or node at a time. */
  maxMailboxes: 8,
  /** One search of a requester, over all mailboxes. */
  searchTimeoutMs: 30_000,
  /** One stream to a mailbox, and one question on it. */
  exchangeTimeoutMs: 5_000,
  /** How long a node that goes may take to leave its results. */
  leaveTimeoutMs: 10_000,
  /** Results that are left in one go. */
  maxLeft: 4_096,
  /** A requester that was out of reach for this long has its results left, though the node stays. */
  awayMs: 60_000,
  /** How often a node asks for what became of its letters: from, doubling, to. */
  collectMinMs: 2_000,
  collectMaxMs: 300_000,
  /** Letters asked for in one round. */
  maxCollected: 512,
} as const

export type MailLimits = { readonly [Key in keyof typeof mailLimits]: number }
