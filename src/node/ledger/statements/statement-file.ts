import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { z } from 'zod'
import { DriadError } from '../../../protocol/errors.ts'
import { peerIdOfPublicKey } from '../../../protocol/wire/keys.ts'
import type { Signed, Statement } from '../../../protocol/wire/messages.pb.ts'
import { type Opened, openSigned } from '../../../protocol/wire/signing.ts'
import { ProblemList } from '../chain-checker.ts'
import type { LedgerProblem } from '../contract.ts'
import { signedJson, signedSchema } from '../signed-json.ts'
import type { StatementEntry } from './statement-entries.ts'

/** The first line of a statement's file. For people it says what is signed; strict, so that nothing else can be said there. */
const headSchema = z.strictObject({
  driadStatement: z.literal(1),
  node: z.string(),
  requester: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  entries: z.int(),
  totalMicro: z.string(),
  payoutAddress: z.string(),
  statement: signedSchema,
})

const lineSchema = z.strictObject({
  seq: z.int().min(1),
  taskId: z.string(),
  amountMicro: z.string(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  receipt: signedSchema,
})

export interface VerifiedStatement {
  readonly ok: boolean
  readonly problems: readonly LedgerProblem[]
  readonly entries: number
  /** Absent where the first line cannot be believed. */
  readonly statement?: StatementFacts
}

export interface StatementFacts {
  readonly hash: string
  readonly node: string
  readonly requester: string
  readonly fromMs: number
  readonly toMs: number
  readonly entries: number
  readonly totalMicro: bigint
  readonly payoutAddress: string
  readonly firstSeq: number
  readonly lastSeq: number
  readonly entriesHash: Uint8Array
  readonly signed: Signed
}

const SLICE_MS = 10

/** The lines of a statement's file: the signed statement, then each entry with the receipt that proves it. */
export async function* statementLines(
  signed: Signed,
  entries: AsyncIterable<StatementEntry> | Iterable<StatementEntry>,
): AsyncGenerator<string, void, undefined> {
  const facts = statementFacts(signed)
  yield JSON.stringify({ ...shownHead(facts), statement: signedJson(signed) })
  for await (const entry of entries) {
    yield JSON.stringify({
      seq: entry.seq,
      taskId: entry.taskId,
      amountMicro: String(entry.amountMicro),
      hash: entry.hash,
      receipt: signedJson(entry.receipt),
    })
  }
}

/** Opens a signed statement. Throws `bad_signature`, `bad_message`, `too_large`. */
export function statementFacts(signed: Signed): StatementFacts {
  const { message, publicKey, payload }: Opened<Statement> = openSigned('statement', signed)
  return {
    hash: createHash('sha256').update(payload).digest('hex'),
    node: peerIdOfPublicKey(publicKey),
    requester: peerIdOfPublicKey(message.requester),
    fromMs: message.fromMs,
    toMs: message.toMs,
    entries: message.entries,
    totalMicro: message.totalMicro,
    payoutAddress: message.payoutAddress,
    firstSeq: message.firstSeq,
    lastSeq: message.lastSeq,
    entriesHash: message.entriesHash,
    signed,
  }
}

/** SHA-256 over each entry, in order: its number as 64 bits, big-endian, its hash, and the SHA-256 of its receipt's payload. */
export class EntriesHash {
  readonly #hash = createHash('sha256')

  add({ seq, hash, receipt }: StatementEntry): void {
    const number = Buffer.alloc(8)
    number.writeBigUInt64BE(BigInt(seq))
    this.#hash.update(number).update(Buffer.from(hash, 'hex'))
    this.#hash.update(createHash('sha256').update(receipt.payload).digest())
  }

  digest(): Buffer {
    return this.#hash.digest()
  }
}

/**
 * Verifies a statement's file, given as lines, with nothing else at hand: the node's signature, the requester's signature below
 * each receipt, and that they come to what the statement says. Each entry is handed to `onEntry`.
 * Rejects with the signal's reason, or with what `lines` or `onEntry` throws.
 */
export async function verifyStatement(
  lines: AsyncIterable<string> | Iterable<string>,
  options: { signal?: AbortSignal; onEntry?: (entry: StatementEntry) => void } = {},
): Promise<VerifiedStatement> {
  const problems = new ProblemList()
  let check: StatementCheck | undefined
  let lineNumber = 0
  let sliceEndMs = performance.now() + SLICE_MS
  for await (const line of lines) {
    options.signal?.throwIfAborted()
    lineNumber++
    if (line.trim() === '') continue
    if (check === undefined) {
      check = readHead(line, problems)
      if (check === undefined) break
    } else {
      const entry = check.line(line, lineNumber)
      if (entry !== undefined) options.onEntry?.(entry)
    }
    if (performance.now() < sliceEndMs) continue
    await nextTurn()
    sliceEndMs = performance.now() + SLICE_MS
  }
  if (lineNumber === 0) problems.add('The file is empty')
  check?.end()
  const list = problems.sorted()
  return {
    ok: list.length === 0,
    problems: list,
    entries: check?.entries ?? 0,
    ...(check !== undefined && { statement: check.facts }),
  }
}

function readHead(line: string, problems: ProblemList): StatementCheck | undefined {
  try {
    const { statement: signed, ...shown } = headSchema.parse(JSON.parse(line))
    const facts = statementFacts(signed)
    if (
      JSON.stringify(shown) !== JSON.stringify(headSchema.omit({ statement: true }).parse(shownHead(facts)))
    ) {
      problems.add('The first line says something else than what is signed in it')
    }
    return new StatementCheck(facts, problems)
  } catch (error) {
    const reason = error instanceof DriadError ? `: ${error.message}` : ''
    problems.add(`The first line is not that of a statement${reason}`)
    return undefined
  }
}

/** The first line without the signature. */
function shownHead(facts: StatementFacts) {
  return {
    driadStatement: 1,
    node: facts.node,
    requester: facts.requester,
    from: new Date(facts.fromMs).toISOString(),
    to: new Date(facts.toMs).toISOString(),
    entries: facts.entries,
    totalMicro: String(facts.totalMicro),
    payoutAddress: facts.payoutAddress,
  }
}

class StatementCheck {
  readonly facts: StatementFacts
  entries = 0
  readonly #statement: Statement
  readonly #nodeKey: Uint8Array
  readonly #problems: ProblemList
  readonly #hash = new EntriesHash()
  readonly #tasks = new Set<string>()
  #totalMicro = 0n
  #first: StatementEntry | undefined
  #last: StatementEntry | undefined

  constructor(facts: StatementFacts, problems: ProblemList) {
    const { message, publicKey } = openSigned('statement', facts.signed)
    this.facts = facts
    this.#statement = message
    this.#nodeKey = publicKey
    this.#problems = problems
  }

  line(text: string, lineNumber: number): StatementEntry | undefined {
    let entry: StatementEntry
    try {
      const { amountMicro, ...line } = lineSchema.parse(JSON.parse(text))
      entry = { ...line, amountMicro: BigInt(amountMicro) }
    } catch {
      this.#problems.add(`Line ${lineNumber} is not an entry`)
      return undefined
    }
    const problem = this.#problemOf(entry)
    if (problem !== undefined) this.#problems.add(`Entry ${entry.seq}: ${problem}`, entry.seq)
    this.#hash.add(entry)
    this.#tasks.add(entry.taskId)
    this.#totalMicro += entry.amountMicro
    this.#first ??= entry
    this.#last = entry
    this.entries++
    return entry
  }

  end(): void {
    const { entries, totalMicro, firstSeq, lastSeq, firstHash, lastHash, entriesHash } = this.#statement
    if (this.entries !== entries) this.#problems.add(`It has ${this.entries} entries and says ${entries}`)
    if (this.#totalMicro !== totalMicro) {
      this.#problems.add(`Its entries come to ${this.#totalMicro} micro-credits, and it says ${totalMicro}`)
    }
    if (!this.#hash.digest().equals(entriesHash))
      this.#problems.add('Its entries are not those that it was made for')
    const ends: readonly [StatementEntry | undefined, number, Uint8Array][] = [
      [this.#first, firstSeq, firstHash],
      [this.#last, lastSeq, lastHash],
    ]
    for (const [entry, seq, hash] of ends) {
      if (entry === undefined || (entry.seq === seq && entry.hash === Buffer.from(hash).toString('hex')))
        continue
      this.#problems.add(`Entry ${entry.seq} is not the one that it begins or ends with`, entry.seq)
    }
  }

  #problemOf(entry: StatementEntry): string | undefined {
    if (this.#last !== undefined && entry.seq <= this.#last.seq) return 'it is not in order'
    if (this.#tasks.has(entry.taskId)) return 'its task is there twice'
    try {
      const { message, publicKey } = openSigned('receipt', entry.receipt)
      if (Buffer.compare(publicKey, this.#statement.requester) !== 0)
        return 'the receipt is signed by somebody else'
      if (Buffer.compare(message.node, this.#nodeKey) !== 0) return 'the receipt pays somebody else'
      if (message.taskId !== entry.taskId) return 'the receipt is for another task'
      if (message.amountMicro !== entry.amountMicro) return 'the receipt is for another amount'
      return undefined
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
}
