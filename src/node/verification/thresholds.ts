/**
 * What an honest result may look like when it is computed again, on other hardware and in other batches. Measured:
 * `npm run bench -- verification`; how, and what remains undetected, is in docs/verification.md.
 */
export const verificationThresholds = {
  /** Likeliest tokens only: how far below the likeliest one (in nats) a token may be that rounding has put in its place. */
  tieNats: 0.5,
  /** Of the tokens of one answer so many may be farther off, and this share. */
  farTokens: 0,
  farShare: 0,
  /** With a seed: of the tokens of one answer so many may be others than the seed gives, and this share of the others. */
  strangeTokens: 3,
  strangeShare: 0.04,
  /** A token so far below the likeliest one is never drawn: `minP` (0.05, 3.0 nats) leaves it out before the temperature. */
  undrawableNats: 3.3,
  /** An answer that ends where the seed would have gone on, and where an end is so much less likely, was cut off. */
  cutOffNats: 1.5,
  /** Tokens that a node may count above what they come to here: templates and tokenizers of other versions differ. */
  countedTokens: 4,
  countedShare: 0.02,
} as const

/** How often another token comes than the one that is computed here, for each unit of `AnswerEvidence.open`. */
interface StrangeRates {
  /** At most, of honest nodes. */
  readonly honest: number
  /** Of the least cheat that is looked for. */
  readonly cheat: number
}

/**
 * What the checks of a node's answers may come to together, none of which shows anything by itself. Measured in the same way,
 * and on the same inputs, as the limits above.
 */
export const evidenceThresholds: {
  readonly likeliest: StrangeRates
  readonly drawn: StrangeRates
  readonly refutedNats: number
  readonly suspectedNats: number
  readonly repeatChance: number
  readonly repeatsAmong: number
} = {
  likeliest: { honest: 0.015, cheat: 0.045 },
  drawn: { honest: 0.06, cheat: 0.18 },
  /** The evidence at which a node is caught: a series of checks of one that is as bad as `honest` gets there once in e^this. */
  refutedNats: 10,
  /** From here on the node is checked as often as one that is new. */
  suspectedNats: 4,
  /** A text with a seed that is not the seed's, and that the node has sent before: chance makes it so at most this often. */
  repeatChance: 1e-6,
  /** Of the node's latest results so many are compared. */
  repeatsAmong: 64,
}
