import { DriadError } from '../../protocol/errors.ts'
import { MAX_PROBLEMS } from './chain-checker.ts'
import type { LedgerDirection, LedgerEntry } from './contract.ts'
import { type BundleVerification, verifyBundle } from './verify-bundle.ts'

/** Entries between two parties that are held in memory. */
const MAX_ENTRIES = 2_000_000

type Lines = AsyncIterable<string> | Iterable<string>

/** What one party paid to the other: as the payer wrote it, and as the payee did. */
export interface PairSums {
  readonly payer: string
  readonly payee: string
  readonly debitMicro: bigint
  readonly creditMicro: bigint
  /** Tasks that both have. */
  readonly tasks: number
}

export interface BundleComparison {
  readonly ok: boolean
  readonly bundles: readonly [BundleVerification, BundleVerification]
  readonly sums: readonly PairSums[]
  /** What the two say differently. What is wrong with each alone is in `bundles`. */
  readonly mismatches: readonly { readonly taskId: string; readonly message: string }[]
}

interface Side {
  readonly amountMicro: bigint
  readonly receipt: Uint8Array
}

interface Flow {
  readonly debits: Map<string, Side>
  readonly credits: Map<string, Side>
}

/**
 * Verifies two bundles and compares what their owners paid each other: each debit of the one must be a credit of the other, by
 * the same receipt. Throws `too_large`, `bad_message` where one of them does not say whose it is, and what `verifyBundle` throws.
 */
export async function compareBundles(
  first: Lines,
  second: Lines,
  options: { signal?: AbortSignal } = {},
): Promise<BundleComparison> {
  const a = await read(first, options)
  const b = await read(second, options)
  const [left, right] = [a.verification.peerId, b.verification.peerId]
  if (left === undefined || right === undefined) {
    throw new DriadError('bad_message', 'One of the two files is not a ledger bundle')
  }
  if (left === right) throw new DriadError('bad_usage', 'Both bundles are of the same identity')
  const none: ReadonlyMap<string, Side> = new Map()
  const flow = (payer: typeof a, payee: typeof a, payerId: string, payeeId: string) => ({
    payer: payerId,
    payee: payeeId,
    debits: payer.flows.get(payeeId)?.debits ?? none,
    credits: payee.flows.get(payerId)?.credits ?? none,
  })
  const mismatches: { taskId: string; message: string }[] = []
  const sums: PairSums[] = []
  for (const each of [flow(a, b, left, right), flow(b, a, right, left)]) {
    if (each.debits.size === 0 && each.credits.size === 0) continue
    sums.push(compareFlow(each, mismatches))
  }
  const bundles = [a.verification, b.verification] as const
  const balanced = sums.every(({ debitMicro, creditMicro }) => debitMicro === creditMicro)
  const ok = balanced && mismatches.length === 0 && bundles.every((bundle) => bundle.ok)
  return { ok, bundles, sums, mismatches }
}

async function read(
  lines: Lines,
  options: { signal?: AbortSignal },
): Promise<{ verification: BundleVerification; flows: ReadonlyMap<string, Flow> }> {
  const flows = new Map<string, Flow>()
  let count = 0
  const onEntry = (entry: LedgerEntry) => {
    if (++count > MAX_ENTRIES) {
      throw new DriadError('too_large', `A bundle to be compared may have ${MAX_ENTRIES} entries`)
    }
    let flow = flows.get(entry.counterparty)
    if (flow === undefined) {
      flow = { debits: new Map(), credits: new Map() }
      flows.set(entry.counterparty, flow)
    }
    sideOf(flow, entry.direction).set(entry.taskId, {
      amountMicro: entry.amountMicro,
      receipt: entry.receipt.payload,
    })
  }
  const verification = await verifyBundle(lines, { ...options, onEntry })
  return { verification, flows }
}

function sideOf(flow: Flow, direction: LedgerDirection): Map<string, Side> {
  return direction === 'debit' ? flow.debits : flow.credits
}

function compareFlow(
  {
    payer,
    payee,
    debits,
    credits,
  }: {
    readonly payer: string
    readonly payee: string
    readonly debits: ReadonlyMap<string, Side>
    readonly credits: ReadonlyMap<string, Side>
  },
  mismatches: { taskId: string; message: string }[],
): PairSums {
  let tasks = 0
  const mismatch = (taskId: string, message: string) => {
    if (mismatches.length < MAX_PROBLEMS) mismatches.push({ taskId, message })
  }
  for (const [taskId, debit] of debits) {
    const credit = credits.get(taskId)
    if (credit === undefined) {
      mismatch(taskId, `${payer} paid ${debit.amountMicro} micro-credits that ${payee} has no entry for`)
      continue
    }
    tasks++
    if (debit.amountMicro !== credit.amountMicro) {
      mismatch(
        taskId,
        `${payer} paid ${debit.amountMicro} micro-credits, ${payee} was paid ${credit.amountMicro}`,
      )
    } else if (Buffer.compare(debit.receipt, credit.receipt) !== 0) {
      mismatch(taskId, `${payer} and ${payee} have different receipts`)
    }
  }
  for (const [taskId, credit] of credits) {
    if (!debits.has(taskId)) {
      mismatch(taskId, `${payee} was paid ${credit.amountMicro} micro-credits that ${payer} has no entry for`)
    }
  }
  return { payer, payee, debitMicro: sumOf(debits), creditMicro: sumOf(credits), tasks }
}

function sumOf(sides: ReadonlyMap<string, Side>): bigint {
  let sum = 0n
  for (const { amountMicro } of sides.values()) sum += amountMicro
  return sum
}
