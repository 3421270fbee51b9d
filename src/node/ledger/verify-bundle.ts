import { setImmediate as nextTurn } from 'node:timers/promises'
import { z } from 'zod'
import { peerIdOfPublicKey } from '../../protocol/wire/keys.ts'
import type { LedgerHead } from '../../protocol/wire/messages.pb.ts'
import { openSigned } from '../../protocol/wire/signing.ts'
import { ChainChecker, MAX_PROBLEMS, ProblemList } from './chain-checker.ts'
import type { LedgerEntry, LedgerLoss, LedgerVerification } from './contract.ts'
import { signedSchema } from './signed-json.ts'

const hash = z.string().regex(/^[0-9a-f]{64}$/)

/** Strict: whatever is in a bundle is covered by a hash or a check, or it is no bundle. */
const headSchema = z.strictObject({
  driadLedger: z.literal(2),
  peerId: z.string(),
  entries: z.int().min(0),
  exportedAt: z.iso.datetime(),
  head: signedSchema,
})

const entrySchema = z.strictObject({
  seq: z.int().min(1),
  createdAtMs: z.int().min(0),
  direction: z.enum(['credit', 'debit']),
  amountMicro: z.int().min(1).transform(BigInt),
  counterparty: z.string(),
  taskId: z.string(),
  model: z.string(),
  state: z.literal('acknowledged'),
  resultHash: hash,
  prevHash: hash,
  hash,
  receipt: signedSchema,
  outcome: signedSchema,
})

const lostSchema = z.strictObject({
  lost: z.strictObject({ from: z.int().min(1), to: z.int().min(1), nextPrevHash: hash }),
})

/** A slice of work between two turns of the event loop. */
const SLICE_MS = 10

/** Whose bundle it is, beside what was found. */
export interface BundleVerification extends LedgerVerification {
  /** Absent if the first line could not be read. */
  readonly peerId?: string
}

/**
 * Verifies an exported bundle, given as lines, with nothing else at hand. It proves that each entry is backed by its
 * payer's signature, that the chain is whole but for what it says is lost, and that it is what the head's signer called its whole ledger at that time. Who
 * makes a new chain can leave entries out, but not invent one, and signs for it. Each entry that could be read is handed
 * to `onEntry`. Rejects with the signal's reason, or with what `lines` or `onEntry` throws.
 */
export async function verifyBundle(
  lines: AsyncIterable<string> | Iterable<string>,
  options: { signal?: AbortSignal; onEntry?: (entry: LedgerEntry) => void } = {},
): Promise<BundleVerification> {
  const problems = new ProblemList()
  let head: Head | undefined
  let chain: ChainChecker | undefined
  let firstHash: string | undefined
  const lost: LedgerLoss[] = []
  let lineNumber = 0
  let sliceEndMs = performance.now() + SLICE_MS
  for await (const line of lines) {
    options.signal?.throwIfAborted()
    lineNumber++
    if (line.trim() === '') continue
    if (chain === undefined) {
      head = readHead(line, problems)
      if (head === undefined) break
      chain = new ChainChecker(head.publicKey, problems)
    } else {
      const gap = readGap(line)
      if (gap === undefined) {
        const entry = checkLine(line, lineNumber, chain, problems)
        if (entry !== undefined) options.onEntry?.(entry)
        firstHash ??= entry?.hash
      } else {
        chain.pass(gap)
        firstHash ??= gap.nextPrevHash
        if (lost.length < MAX_PROBLEMS) lost.push({ what: 'entries', from: gap.from, to: gap.to })
      }
    }
    if (performance.now() < sliceEndMs) continue
    await nextTurn()
    sliceEndMs = performance.now() + SLICE_MS
  }
  if (head !== undefined && chain !== undefined) checkEnd(head, chain, firstHash, problems)
  if (lineNumber === 0) problems.add('The bundle is empty')
  const list = problems.sorted()
  return {
    ok: list.length === 0,
    entries: chain?.entries ?? 0,
    problems: list,
    ...(lost.length > 0 && { lost }),
    ...(head === undefined ? {} : { peerId: head.peerId }),
  }
}

interface Head {
  readonly message: LedgerHead
  readonly publicKey: Uint8Array
  readonly peerId: string
}

function readHead(line: string, problems: ProblemList): Head | undefined {
  let parsed: z.output<typeof headSchema>
  try {
    parsed = headSchema.parse(JSON.parse(line))
  } catch {
    problems.add('The first line is not the head of a ledger bundle')
    return undefined
  }
  try {
    const { message, publicKey } = openSigned('ledger-head', parsed.head)
    const peerId = peerIdOfPublicKey(publicKey)
    const said = [parsed.peerId, parsed.entries, parsed.exportedAt]
    const meant = [peerId, message.entries, new Date(message.issuedAtMs).toISOString()]
    if (said.some((value, i) => value !== meant[i])) {
      problems.add('The first line says something else than what is signed in it')
    }
    return { message, publicKey, peerId }
  } catch (error) {
    problems.add(
      `The first line cannot be believed: ${error instanceof Error ? error.message : String(error)}`,
    )
    return undefined
  }
}

/** Undefined for every other line. */
function readGap(line: string): z.output<typeof lostSchema>['lost'] | undefined {
  if (!line.startsWith('{"lost"')) return undefined
  try {
    return lostSchema.parse(JSON.parse(line)).lost
  } catch {
    return undefined
  }
}

function checkLine(
  line: string,
  lineNumber: number,
  chain: ChainChecker,
  problems: ProblemList,
): LedgerEntry | undefined {
  let entry: LedgerEntry
  try {
    entry = entrySchema.parse(JSON.parse(line))
  } catch {
    problems.add(`Line ${lineNumber} is not an entry`, lineNumber - 1)
    chain.skip(lineNumber - 1, `Entry ${lineNumber - 1} cannot be read`)
    return undefined
  }
  chain.check(entry)
  return entry
}

function checkEnd(
  { message: head }: Head,
  chain: ChainChecker,
  firstHash: string | undefined,
  problems: ProblemList,
): void {
  if (chain.entries + chain.lost !== head.entries) {
    problems.add(
      `The bundle has ${chain.entries} readable entries, its first line says ${head.entries - chain.lost}`,
    )
  }
  if (head.entries === 0) return
  if (firstHash !== undefined && firstHash !== hex(head.firstHash)) {
    problems.add('The first entry is not the one that the first line names')
  }
  if (chain.headHash !== undefined && chain.headHash !== hex(head.lastHash)) {
    problems.add('The last entry is not the one that the first line names')
  }
}

function hex(value: Uint8Array): string {
  return Buffer.from(value).toString('hex')
}
