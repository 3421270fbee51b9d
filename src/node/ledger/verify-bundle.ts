import { setImmediate as nextTurn } from 'node:timers/promises'
import { z } from 'zod'
import { peerIdOfPublicKey } from '../../protocol/wire/keys.ts'
import { ChainChecker, ProblemList } from './chain-checker.ts'
import type { LedgerEntry, LedgerVerification } from './contract.ts'

/** Strict: whatever is in a bundle is covered by a hash or a check, or it is no bundle. */
const bytes = z
  .string()
  .transform((text) => ({ text, decoded: new Uint8Array(Buffer.from(text, 'base64')) }))
  .refine(({ text, decoded }) => Buffer.from(decoded).toString('base64') === text, { error: 'base64' })
  .transform(({ decoded }) => decoded)
const hash = z.string().regex(/^[0-9a-f]{64}$/)
const signed = z.strictObject({ payload: bytes, publicKey: bytes, signature: bytes })

const headerSchema = z.strictObject({
  driadLedger: z.literal(1),
  publicKey: bytes,
  peerId: z.string(),
  entries: z.int().min(0),
  headHash: hash.nullable(),
})

const entrySchema = z.strictObject({
  seq: z.int().min(1),
  createdAtMs: z.int().min(0),
  direction: z.enum(['credit', 'debit']),
  amountMicro: z.int().min(1).transform(BigInt),
  counterparty: z.string(),
  taskId: z.string(),
  model: z.string(),
  state: z.enum(['acknowledged', 'settled']),
  resultHash: hash,
  prevHash: hash,
  hash,
  receipt: signed,
  outcome: signed,
})

type Header = z.output<typeof headerSchema>

/** A slice of work between two turns of the event loop. */
const SLICE_MS = 10

/** Whose bundle it is, beside what was found. */
export interface BundleVerification extends LedgerVerification {
  /** Absent if the first line could not be read. */
  readonly peerId?: string
}

/**
 * Verifies an exported bundle, given as lines, with nothing else at hand. It proves that each entry is backed by its
 * payer's signature and that the chain is whole. Who makes a new chain can leave entries out, but not invent one.
 * Rejects with the signal's reason, or with what `lines` throws.
 */
export async function verifyBundle(
  lines: AsyncIterable<string> | Iterable<string>,
  options: { signal?: AbortSignal } = {},
): Promise<BundleVerification> {
  const problems = new ProblemList()
  let header: Header | undefined
  let chain: ChainChecker | undefined
  let lineNumber = 0
  let sliceEndMs = performance.now() + SLICE_MS
  for await (const line of lines) {
    options.signal?.throwIfAborted()
    lineNumber++
    if (line.trim() === '') continue
    if (chain === undefined) {
      header = readHeader(line, problems)
      if (header === undefined) break
      chain = new ChainChecker(header.publicKey, problems)
    } else {
      checkLine(line, lineNumber, chain, problems)
    }
    if (performance.now() < sliceEndMs) continue
    await nextTurn()
    sliceEndMs = performance.now() + SLICE_MS
  }
  if (header !== undefined && chain !== undefined) checkEnd(header, chain, problems)
  if (lineNumber === 0) problems.add('The bundle is empty')
  const list = problems.sorted()
  return {
    ok: list.length === 0,
    entries: chain?.entries ?? 0,
    problems: list,
    ...(header === undefined ? {} : { peerId: header.peerId }),
  }
}

function readHeader(line: string, problems: ProblemList): Header | undefined {
  try {
    const header = headerSchema.parse(JSON.parse(line))
    if (peerIdOfPublicKey(header.publicKey) !== header.peerId) {
      problems.add('The peer id in the first line is not that of the public key')
    }
    return header
  } catch {
    problems.add('The first line is not the head of a ledger bundle')
    return undefined
  }
}

function checkLine(line: string, lineNumber: number, chain: ChainChecker, problems: ProblemList): void {
  let entry: LedgerEntry
  try {
    entry = entrySchema.parse(JSON.parse(line))
  } catch {
    problems.add(`Line ${lineNumber} is not an entry`, lineNumber - 1)
    chain.skip(lineNumber - 1, `Entry ${lineNumber - 1} cannot be read`)
    return
  }
  chain.check(entry)
}

function checkEnd(header: Header, chain: ChainChecker, problems: ProblemList): void {
  if (chain.entries !== header.entries) {
    problems.add(`The bundle has ${chain.entries} readable entries, its first line says ${header.entries}`)
  }
  if (header.entries > 0 && chain.headHash !== undefined && chain.headHash !== header.headHash) {
    problems.add('The last entry is not the one that the first line names')
  }
}
