import { z } from 'zod'
import { DriadError, type InputIssue } from '../errors.ts'
import { samplingSchema, stopTexts } from '../sampling.ts'
import * as limits from './limits.ts'
import {
  type Assignment,
  type Dispute,
  type FromNode,
  type FromRequester,
  type LedgerHead,
  MailAnswer,
  type MailDeposit,
  MailRequest,
  type NodeDescription,
  type PeersAnswer,
  type Receipt,
  ResultAnswer,
  type ResultRequest,
  type Settlement,
  type Signed,
  type Statement,
  type TaskOffer,
  type TaskOutcome,
  type ToMail,
  type ToResult,
} from './messages.pb.ts'

/**
 * proto3 has no required fields and no ranges, so each message from a peer passes one of these checks, once,
 * before anything is done with it. What a check returns holds no unknown keys.
 */

/** Texts are well-formed (no lone surrogates: they have no UTF-8) and at most so many bytes. */
function text(maxBytes: number) {
  return z
    .string()
    .refine(
      (value) => value.length * 3 <= maxBytes || Buffer.byteLength(value) <= maxBytes,
      `at most ${maxBytes} bytes`,
    )
    .refine((value) => value.isWellFormed(), 'well-formed Unicode')
}

function bytes(...sizes: number[]) {
  return z.custom<Uint8Array<ArrayBuffer>>(
    (value) => value instanceof Uint8Array && sizes.includes(value.byteLength),
    `${sizes.join(' or ')} bytes`,
  )
}

function integer(min: number, max: number) {
  return z.int(`a whole number from ${min} to ${max}`).min(min).max(max)
}

function micro(max: bigint) {
  return z.bigint().min(0n).max(max)
}

const uuid = z.uuidv7('a UUIDv7')
const publicKey = bytes(limits.PUBLIC_KEY_BYTES)
const digest = bytes(0, limits.DIGEST_BYTES)
const uint32 = integer(0, limits.UINT32)
const timeMs = integer(limits.EARLIEST_TIME_MS, limits.LATEST_TIME_MS)
const price = micro(limits.PRICE_MICRO_PER_1K)
const tokens = integer(0, limits.TOKENS_PER_TASK)
const errorCode = z
  .string()
  .max(limits.ERROR_CODE_LENGTH)
  .regex(/^[a-z][a-z0-9_]*$/, 'an error code')
const noErrorCode = z.literal('', 'empty')
const errorMessage = text(limits.ERROR_MESSAGE_BYTES)
const peerId = z.string().regex(/^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/, 'an Ed25519 peer id')
const addresses = z
  .array(
    z
      .string()
      .max(limits.ADDRESS_LENGTH)
      .regex(/^\/[\x21-\x7e]+$/, 'a multiaddr'),
  )
  .max(limits.ADDRESSES_PER_PEER)

/** A model's name as it is announced: `demo`, `llama3.1:8b-instruct-q4_K_M`, `hf.co/org/name:Q8_0`. */
export const modelNameSchema = z
  .string()
  .max(limits.MODEL_NAME_LENGTH)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$/, 'a model name: letters, digits and . _ : / @ + -')

/** A network's name: part of topics and protocol names. */
export const networkNameSchema = z
  .string('a network name')
  .max(limits.NETWORK_NAME_LENGTH, `a network name of ${limits.NETWORK_NAME_LENGTH} characters at most`)
  .regex(/^[a-z0-9][a-z0-9.-]*$/, 'a network name: lower-case letters, digits, dots and hyphens')

function distinct(names: readonly string[]): boolean {
  return new Set(names).size === names.length
}

/** Names of tools, which later versions may have more of. */
const tools = z
  .array(
    z
      .string()
      .max(limits.TOOL_NAME_LENGTH)
      .regex(/^[a-z][a-z0-9_]*$/, 'a tool name'),
  )
  .max(limits.TOOLS_PER_NODE)
  .refine(distinct, 'no tool twice')

/** Of no chain in particular: printable, no spaces; what looks like an Ethereum address must have all its digits. */
export const payoutAddressSchema = z
  .string('an address')
  .max(limits.PAYOUT_ADDRESS_LENGTH, `an address of ${limits.PAYOUT_ADDRESS_LENGTH} characters at most`)
  .regex(
    /^(?:0x[0-9a-fA-F]{40}|(?!0x)[\x21-\x7e]*)$/,
    'an address without spaces; one that begins with 0x has 40 hexadecimal digits',
  )

const signed = z.object({
  payload: z.custom<Uint8Array<ArrayBuffer>>(
    (value) => value instanceof Uint8Array && value.byteLength > 0,
    'a payload',
  ),
  publicKey,
  signature: bytes(limits.SIGNATURE_BYTES),
})

const taskOffer = z
  .object({
    offerId: uuid,
    revision: uint32,
    contact: peerId,
    addresses,
    models: z.array(modelNameSchema).min(1).max(limits.MODELS_PER_OFFER).refine(distinct, 'no model twice'),
    taskCount: integer(0, limits.TASKS_PER_OFFER),
    issuedAtMs: timeMs,
    expiresAtMs: timeMs,
    maxPromptMicroPer1k: price,
    maxCompletionMicroPer1k: price,
    threshold: uint32,
    modelDigest: digest,
    tools,
    shard: uint32,
    audience: integer(0, limits.AUDIENCE),
  })
  .refine((offer) => offer.expiresAtMs > offer.issuedAtMs, {
    path: ['expiresAtMs'],
    message: 'later than issuedAtMs',
  })
  .refine((offer) => offer.expiresAtMs - offer.issuedAtMs <= limits.OFFER_LIFETIME_MS, {
    path: ['expiresAtMs'],
    message: `at most ${limits.OFFER_LIFETIME_MS} ms after issuedAtMs`,
  })

const modelDescription = z.object({
  name: modelNameSchema,
  digest,
  contextSize: integer(1, limits.CONTEXT_TOKENS),
  slots: integer(1, limits.SLOTS_PER_NODE),
  tokensPerSecond: z.number().min(0).max(limits.TOKENS_PER_SECOND),
  promptMicroPer1k: price,
  completionMicroPer1k: price,
})

function distinctModels(models: readonly { name: string }[]): boolean {
  return distinct(models.map((model) => model.name))
}

const nodeDescription = z.object({
  agent: z
    .string()
    .min(1)
    .max(limits.AGENT_LENGTH)
    .regex(/^[\x20-\x7e]*$/, 'printable ASCII'),
  network: networkNameSchema,
  models: z.array(modelDescription).max(limits.MODELS_PER_NODE).refine(distinctModels, 'no model twice'),
  slots: integer(0, limits.SLOTS_PER_NODE),
  running: uint32,
  payoutAddress: payoutAddressSchema,
  issuedAtMs: timeMs,
  tools,
})

const assignment = z.object({
  taskId: uuid,
  offerId: uuid,
  node: publicKey,
  model: modelNameSchema,
  workflowJson: text(limits.WORKFLOW_BYTES).min(2),
  input: text(limits.INPUT_BYTES).optional(),
  ...samplingSchema.shape,
  stop: stopTexts,
  deadlineMs: timeMs,
  promptMicroPer1k: price,
  completionMicroPer1k: price,
  stream: z.boolean(),
  cancelOnDisconnect: z.boolean(),
  scoreText: text(limits.SCORED_TEXT_BYTES).optional(),
})

const taskOutcome = z
  .object({
    taskId: uuid,
    requester: publicKey,
    ok: z.boolean(),
    result: text(limits.RESULT_BYTES),
    errorCode: z.union([errorCode, noErrorCode]),
    errorMessage,
    model: modelNameSchema,
    modelDigest: digest,
    promptTokens: tokens,
    completionTokens: tokens,
    firstTokenMs: uint32.optional(),
    totalMs: uint32,
    amountMicro: micro(limits.AMOUNT_MICRO),
    finishedAtMs: timeMs,
  })
  .refine((outcome) => outcome.ok === (outcome.errorCode === ''), {
    path: ['errorCode'],
    message: 'a code for a failure and none for a success',
  })
  .refine((outcome) => outcome.ok || outcome.amountMicro === 0n, {
    path: ['amountMicro'],
    message: '0 for a failure',
  })

const receipt = z.object({
  taskId: uuid,
  node: publicKey,
  resultHash: bytes(limits.DIGEST_BYTES),
  modelDigest: digest,
  promptTokens: tokens,
  completionTokens: tokens,
  amountMicro: micro(limits.AMOUNT_MICRO),
  issuedAtMs: timeMs,
})

const resultRequest = z.object({
  taskId: uuid,
  node: publicKey,
  issuedAtMs: timeMs,
  cancel: z.boolean(),
})

const dispute = z.object({
  taskId: uuid,
  node: publicKey,
  resultHash: bytes(limits.DIGEST_BYTES),
  code: errorCode,
  reason: text(limits.REASON_BYTES),
  issuedAtMs: timeMs,
})

const entryCount = integer(0, limits.LEDGER_ENTRIES)

const ledgerHead = z
  .object({ entries: entryCount, firstHash: digest, lastHash: digest, issuedAtMs: timeMs })
  .refine(
    (head) => [head.firstHash, head.lastHash].every((hash) => hash.byteLength > 0 === head.entries > 0),
    { path: ['firstHash'], message: 'hashes where there are entries, and only then' },
  )

const statement = z
  .object({
    requester: publicKey,
    fromMs: timeMs,
    toMs: timeMs,
    entries: integer(1, limits.LEDGER_ENTRIES),
    totalMicro: micro(limits.TOTAL_MICRO),
    firstSeq: integer(1, limits.LEDGER_ENTRIES),
    lastSeq: integer(1, limits.LEDGER_ENTRIES),
    firstHash: bytes(limits.DIGEST_BYTES),
    lastHash: bytes(limits.DIGEST_BYTES),
    entriesHash: bytes(limits.DIGEST_BYTES),
    payoutAddress: payoutAddressSchema,
    issuedAtMs: timeMs,
  })
  .refine((period) => period.fromMs < period.toMs, { path: ['toMs'], message: 'later than fromMs' })
  .refine(({ firstSeq, lastSeq, entries }) => lastSeq - firstSeq >= entries - 1, {
    path: ['lastSeq'],
    message: 'room for the entries',
  })

const settlement = z.object({
  node: publicKey,
  statementHash: bytes(limits.DIGEST_BYTES),
  totalMicro: micro(limits.TOTAL_MICRO),
  reference: text(limits.REASON_BYTES),
  issuedAtMs: timeMs,
})

const claim = z.object({
  offerId: uuid,
  credits: integer(0, limits.CREDITS_PER_CLAIM),
  models: z
    .array(modelDescription)
    .min(1)
    .max(limits.MODELS_PER_CLAIM)
    .refine(distinctModels, 'no model twice'),
  running: uint32,
  addresses,
  tools,
  mailboxes: addresses,
  assigned: uint32.optional(),
})

/** Exactly one member of a oneof: none means a message of a later version, which this version cannot serve. */
function oneOf<Shape extends Record<string, z.ZodType>>(shape: Shape) {
  const members = Object.keys(shape)
  const optional = Object.fromEntries(members.map((name) => [name, shape[name]?.optional()])) as {
    [Name in keyof Shape]: z.ZodOptional<Shape[Name]>
  }
  return z
    .object(optional)
    .refine(
      (message) =>
        members.filter((name) => (message as Record<string, unknown>)[name] !== undefined).length === 1,
      `exactly one of ${members.join(', ')}`,
    )
}

const aboutTask = z.object({ taskId: uuid })

const fromNode = oneOf({
  claim,
  credit: z.object({ credits: integer(0, limits.CREDITS_PER_CLAIM), assigned: uint32.optional() }),
  accepted: aboutTask,
  started: aboutTask,
  rejected: z.object({ taskId: uuid, errorCode, errorMessage }),
  chunk: z.object({ taskId: uuid, text: text(limits.CHUNK_TEXT_BYTES), tokens }),
  step: z.object({ taskId: uuid, reportJson: text(limits.STEP_REPORT_BYTES).min(2) }),
  outcome: signed,
  bye: z.object({ reason: text(limits.REASON_BYTES) }),
  acknowledged: aboutTask,
})

const fromRequester = oneOf({
  assign: signed,
  cancel: aboutTask,
  receipt: signed,
  denied: z.object({ offerId: uuid, reason: text(limits.REASON_BYTES) }),
  dispute: signed,
})

const toResult = oneOf({ request: signed, receipt: signed, dispute: signed })

const { UNKNOWN, PENDING, RUNNING, ENDED, ACKNOWLEDGED, REFUSED } = ResultAnswer.Status
const answerStatuses = { UNKNOWN, PENDING, RUNNING, ENDED, ACKNOWLEDGED, REFUSED } as const

const resultAnswer = z
  .object({
    status: z.enum(answerStatuses),
    outcome: signed.optional(),
    errorCode: z.union([errorCode, noErrorCode]),
    errorMessage,
  })
  .refine((answer) => (answer.status === ENDED) === (answer.outcome !== undefined), {
    path: ['outcome'],
    message: 'an outcome with ENDED, and only then',
  })
  .refine((answer) => (answer.status === REFUSED) === (answer.errorCode !== ''), {
    path: ['errorCode'],
    message: 'a code with REFUSED, and only then',
  })

const sealed = (maxBytes: number) =>
  z.custom<Uint8Array<ArrayBuffer>>(
    (value) => value instanceof Uint8Array && value.byteLength <= maxBytes,
    `at most ${maxBytes} bytes`,
  )
const isEmpty = (bytes: Uint8Array) => bytes.byteLength === 0

const mailDeposit = z
  .object({
    mailbox: publicKey,
    taskId: uuid,
    recipient: publicKey,
    issuedAtMs: timeMs,
    expiresAtMs: timeMs,
    sealed: sealed(limits.SEALED_BYTES),
  })
  .refine((deposit) => !isEmpty(deposit.sealed), { path: ['sealed'], message: 'a letter' })
  .refine(
    ({ issuedAtMs, expiresAtMs }) =>
      expiresAtMs > issuedAtMs && expiresAtMs - issuedAtMs <= limits.LETTER_LIFETIME_MS,
    { path: ['expiresAtMs'], message: `at most ${limits.LETTER_LIFETIME_MS} ms after issuedAtMs` },
  )

const { FETCH, REPLY, CLEAR } = MailRequest.Action

const mailRequest = z
  .object({
    mailbox: publicKey,
    taskId: uuid,
    depositor: publicKey,
    issuedAtMs: timeMs,
    action: z.enum({ FETCH, REPLY, CLEAR } as const),
    sealed: sealed(limits.SEALED_REPLY_BYTES),
  })
  .refine((request) => (request.action === REPLY) !== isEmpty(request.sealed), {
    path: ['sealed'],
    message: 'a reply with REPLY, and only then',
  })

const toMail = oneOf({ deposit: signed, request: signed })

const { KEPT, LETTER, REPLIED, CLEARED } = MailAnswer.Status
const mailStatuses = {
  UNKNOWN: MailAnswer.Status.UNKNOWN,
  KEPT,
  LETTER,
  REPLIED,
  CLEARED,
  REFUSED: MailAnswer.Status.REFUSED,
} as const

const mailAnswer = z
  .object({
    status: z.enum(mailStatuses),
    sealed: sealed(limits.SEALED_BYTES),
    reply: signed.optional(),
    errorCode: z.union([errorCode, noErrorCode]),
    errorMessage,
  })
  .refine((answer) => (answer.status === LETTER) !== isEmpty(answer.sealed), {
    path: ['sealed'],
    message: 'a letter with LETTER, and only then',
  })
  .refine((answer) => (answer.status === MailAnswer.Status.REFUSED) === (answer.errorCode !== ''), {
    path: ['errorCode'],
    message: 'a code with REFUSED, and only then',
  })
const peersAnswer = z.object({
  nowMs: timeMs,
  peerRecords: z
    .array(
      z.custom<Uint8Array<ArrayBuffer>>(
        (value) =>
          value instanceof Uint8Array && value.byteLength > 0 && value.byteLength <= limits.PEER_RECORD_BYTES,
        `1 to ${limits.PEER_RECORD_BYTES} bytes`,
      ),
    )
    .max(limits.PEER_RECORDS),
})

/**
 * Turns a schema into a check that returns the message, or throws `bad_message` with every field that is wrong
 * (`models[0].name`) as an issue.
 */
function checker<Message>(name: string, schema: z.ZodType<Message>): (message: Message) => Message {
  return (message) => {
    const parsed = schema.safeParse(message)
    if (parsed.success) return parsed.data
    const issues = parsed.error.issues
      .slice(0, 8)
      .map((issue): InputIssue => ({ path: pathText(name, issue.path), expected: issue.message }))
    const list = issues.map((issue) => `${issue.path}: ${issue.expected}`).join('; ')
    throw new DriadError('bad_message', `Not a valid ${name} (${list})`, { cause: parsed.error, issues })
  }
}

function pathText(name: string, path: readonly PropertyKey[]): string {
  let result = ''
  for (const key of path) {
    if (typeof key === 'number') result += `[${key}]`
    else result += result === '' ? String(key) : `.${String(key)}`
  }
  return result === '' ? name : result
}

export const checkSigned = checker<Signed>('Signed', signed)
export const checkTaskOffer = checker<TaskOffer>('TaskOffer', taskOffer)
export const checkNodeDescription = checker<NodeDescription>('NodeDescription', nodeDescription)
export const checkAssignment = checker<Assignment>('Assignment', assignment)
export const checkTaskOutcome = checker<TaskOutcome>('TaskOutcome', taskOutcome)
export const checkReceipt = checker<Receipt>('Receipt', receipt)
export const checkResultRequest = checker<ResultRequest>('ResultRequest', resultRequest)
export const checkDispute = checker<Dispute>('Dispute', dispute)
export const checkLedgerHead = checker<LedgerHead>('LedgerHead', ledgerHead)
export const checkStatement = checker<Statement>('Statement', statement)
export const checkSettlement = checker<Settlement>('Settlement', settlement)
/** Exactly one of its members is set. */
export const checkFromNode = checker<FromNode>('FromNode', fromNode)
/** Exactly one of its members is set. */
export const checkFromRequester = checker<FromRequester>('FromRequester', fromRequester)
/** Exactly one of its members is set. */
export const checkToResult = checker<ToResult>('ToResult', toResult)
export const checkResultAnswer = checker<ResultAnswer>('ResultAnswer', resultAnswer)
export const checkMailDeposit = checker<MailDeposit>('MailDeposit', mailDeposit)
export const checkMailRequest = checker<MailRequest>('MailRequest', mailRequest)
/** Exactly one of its members is set. */
export const checkToMail = checker<ToMail>('ToMail', toMail)
export const checkMailAnswer = checker<MailAnswer>('MailAnswer', mailAnswer)
export const checkPeersAnswer = checker<PeersAnswer>('PeersAnswer', peersAnswer)
