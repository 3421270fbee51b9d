/** What a peer can do wrong, and how much that counts. At 50 points it is kept out for a while. */
export const misdeedPoints = {
  /** Gossip that no correct program forwards: not an offer, out of range, too large, on the wrong topic. */
  malformed_offer: 10,
  /** Forwarding an unverified signature is as bad as making it up. */
  bad_signature: 10,
  /** More gossip than a peer can have reason to send. Mild: a busy network looks alike. */
  flooding: 0.2,
  /** A frame too large, truncated, or not of the protocol. */
  bad_stream: 5,
  /** More bytes, messages or CPU time than one peer may use, after it was slowed down for a while. */
  over_budget: 10,
  /** Streams opened faster than a correct program opens them, or more at once. Mild: each one is refused. */
  stream_flood: 0.5,
} as const
export type Misdeed = keyof typeof misdeedPoints
