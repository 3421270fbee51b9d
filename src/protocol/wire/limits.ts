/**
 * Every size and range of the wire, in one place. Sizes are checked before a byte is decoded; ranges by checks.ts.
 * They are part of the protocol: a peer that exceeds one is at fault, so raise them only with a new protocol version.
 */

const KIB = 1024
const MIB = 1024 * KIB
const SECOND_MS = 1000
const DAY_MS = 24 * 60 * 60 * SECOND_MS

export const PUBLIC_KEY_BYTES = 32
export const SIGNATURE_BYTES = 64
export const DIGEST_BYTES = 32

/** What the three fields of `Signed` add around a payload, with room for longer varints. */
const SIGNED_OVERHEAD_BYTES = 160

/** Largest letter: a signed outcome, sealed and padded. Largest reply to one: a signed receipt, likewise. */
export const SEALED_BYTES = 3 * MIB + 512 * KIB
export const SEALED_REPLY_BYTES = 4 * KIB

/** Largest payload inside `Signed`, by what it is. */
export const payloadLimitBytes = {
  offer: 16 * KIB,
  assignment: 3 * MIB,
  outcome: 3 * MIB,
  receipt: 1 * KIB,
  'result-request': 1 * KIB,
  'node-description': 64 * KIB,
  dispute: 1 * KIB,
  'ledger-head': 1 * KIB,
  statement: 1 * KIB,
  settlement: 1 * KIB,
  'mail-deposit': SEALED_BYTES + 1 * KIB,
  'mail-request': SEALED_REPLY_BYTES + 1 * KIB,
} as const

/** Largest gossip message: one signed offer. */
export const OFFER_MESSAGE_BYTES = payloadLimitBytes.offer + SIGNED_OVERHEAD_BYTES

/** Largest frame on a stream of each protocol, in each direction. `opener` sends the first; `answerer` is the other side. */
export const frameLimitBytes = {
  work: {
    opener: payloadLimitBytes.outcome + 4 * KIB,
    answerer: payloadLimitBytes.assignment + 4 * KIB,
  },
  result: {
    opener: 4 * KIB,
    answerer: payloadLimitBytes.outcome + 4 * KIB,
  },
  info: {
    opener: 64,
    answerer: payloadLimitBytes['node-description'] + SIGNED_OVERHEAD_BYTES,
  },
  mail: {
    opener: SEALED_BYTES + 4 * KIB,
    answerer: SEALED_BYTES + 4 * KIB,
  },
  peers: { opener: 64, answerer: 48 * KIB },
  /** For a protocol that has no limit of its own. */
  other: { opener: 64 * KIB, answerer: 64 * KIB },
} as const

/** Largest texts, in bytes of UTF-8. The sum of an assignment's, or an outcome's, fits its payload. */
export const WORKFLOW_BYTES = 1 * MIB
export const INPUT_BYTES = 1 * MIB
export const RESULT_BYTES = 2 * MIB
/** An answer that a second node looks at; what it says of each token fits a result. */
export const SCORED_TEXT_BYTES = 64 * KIB
export const CHUNK_TEXT_BYTES = 64 * KIB
export const ERROR_MESSAGE_BYTES = 2 * KIB
export const REASON_BYTES = 256

export const MODEL_NAME_LENGTH = 128
export const NETWORK_NAME_LENGTH = 63
export const AGENT_LENGTH = 64
export const PAYOUT_ADDRESS_LENGTH = 128
export const ERROR_CODE_LENGTH = 64
export const ADDRESS_LENGTH = 256

export const ADDRESSES_PER_PEER = 8
export const MODELS_PER_OFFER = 16
export const MODELS_PER_CLAIM = 16
export const MODELS_PER_NODE = 64

export const TASKS_PER_OFFER = 1_000_000
/** Nodes that may be said to answer an offer. */
export const AUDIENCE = 10_000_000
export const CREDITS_PER_CLAIM = 4096
export const SLOTS_PER_NODE = 4096
export const CONTEXT_TOKENS = 16 * MIB
export const TOKENS_PER_TASK = 2 ** 31 - 1
export const TOKENS_PER_SECOND = 1_000_000
export const UINT32 = 2 ** 32 - 1

/** One million credits for 1,000 tokens, in micro-credits. */
export const PRICE_MICRO_PER_1K = 1_000_000_000_000n
/** Fits SQLite's signed 64-bit integer with room for sums. */
export const AMOUNT_MICRO = 1_000_000_000_000_000n
/** The sum of a statement, and how many entries a ledger may count. */
export const TOTAL_MICRO = 2n ** 63n - 1n
export const LEDGER_ENTRIES = 2 ** 40

/** Times outside are mistakes (seconds instead of milliseconds, a clock at its epoch). */
export const EARLIEST_TIME_MS = Date.UTC(2020, 0, 1)
export const LATEST_TIME_MS = Date.UTC(2100, 0, 1)

/** Longest time between an offer's issue and its expiry, and of a task before its deadline. */
export const OFFER_LIFETIME_MS = 7 * DAY_MS
export const TASK_LIFETIME_MS = 7 * DAY_MS
/** Longest that a letter may be kept. */
export const LETTER_LIFETIME_MS = 14 * DAY_MS
/** How far a peer's clock may be off. */
export const CLOCK_TOLERANCE_MS = 60 * SECOND_MS

/** Mailboxes that a claim names. */
export const MAILBOXES_PER_CLAIM = 8

/** Tools in an offer, a claim or a description, and characters of a tool's name. */
export const TOOLS_PER_NODE = 16
export const TOOL_NAME_LENGTH = 32
/** UTF-8 bytes of the JSON of one step's report. */
export const STEP_REPORT_BYTES = 32 * 1024

/** Signed peer records in one answer, and bytes of one: eight addresses and a key with room to spare. */
export const PEER_RECORDS = 16
export const PEER_RECORD_BYTES = 2 * 1024
