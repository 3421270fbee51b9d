/**
 * What an honest result may look like when it is computed again, on other hardware and in other batches. Measured:
 * `npm run bench -- verification`; how, and what remains undetected, is in docs/verification.md.
 */
export const verificationThresholds = {
  /** Likeliest tokens only: how far below the likeliest one (in nats) a token may be that rounding has put in its place. */
  tieNats: 0.25,
  /** Of the tokens of one answer so many may be farther off, and this share. */
  farTokens: 0,
  farShare: 0,
  /** With a seed: of the tokens of one answer so many may be others than the seed gives, and this share of the others. */
  strangeTokens: 2,
  strangeShare: 0.04,
  /** A token so far below the likeliest one is never drawn: `minP` (0.05, 3.0 nats) leaves it out before the temperature. */
  undrawableNats: 3.3,
  /** An answer that ends where the seed would have gone on, and where an end is so much less likely, was cut off. */
  cutOffNats: 1.5,
  /** Tokens that a node may count above what they come to here: templates and tokenizers of other versions differ. */
  countedTokens: 4,
  countedShare: 0.02,
} as const
