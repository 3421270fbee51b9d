import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { exportLedger } from '../../../src/node/ledger/export-ledger.ts'
import { openLedger } from '../../../src/node/ledger/open-ledger.ts'
import { verifyBundle } from '../../../src/node/ledger/verify-bundle.ts'
import { openStore } from '../../../src/node/store/open-store.ts'
import { signMessage } from '../../../src/protocol/wire/signing.ts'
import { tempFolder } from '../../helpers/temp-folder.ts'
import { fixedSigner } from '../fixed-signer.ts'
import { allowing, bytesOf, type FuzzTarget, mustHold, textOf } from '../target.ts'

const MODEL = 'demo'
const NOW_MS = Date.UTC(2026, 0, 1)
let bundle: Promise<string> | undefined

/** What a ledger exports: lines of JSON. Changed in whatever way, it must say that it is wrong. */
export const ledgerBundle: FuzzTarget = {
  name: 'ledger-bundle',
  words: ['"amountMicro":', '"prevHash":', '"state":"settled"', '"direction":"debit"', '\n'],
  seeds: async () => {
    bundle ??= exported()
    return [bytesOf(await bundle)]
  },
  run: async (input) => {
    bundle ??= exported()
    const text = textOf(input)
    const verification = await verifyBundle(text.split('\n'))
    if (!verification.ok) return
    // Spaces and the order of keys may differ; a chain may be cut at its end, with its header.
    const [, ...original] = linesOf(await bundle)
    const [, ...entries] = linesOf(text)
    mustHold(
      entries.every((entry, index) => isDeepStrictEqual(withoutState(entry), withoutState(original[index]))),
      'a bundle that verifies says what was signed',
    )
  },
}

function withoutState(entry: unknown): unknown {
  // Whether it was settled is no part of what was signed.
  return { ...(entry as object), state: undefined }
}

function linesOf(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) =>
      allowing(
        () => true,
        () => JSON.parse(line) as unknown,
      ),
    )
}

/** By keys and times that are the same in each run. */
async function exported(): Promise<string> {
  using folder = tempFolder()
  const owner = fixedSigner(2)
  const payer = fixedSigner(3)
  const store = openStore({ path: folder.file('driad.db') })
  const ledger = openLedger({ store, anchorPath: folder.file('anchor'), publicKey: owner.publicKey })
  for (let index = 0; index < 3; index++) {
    const taskId = `0197b7a0-0000-7000-8000-00000000000${index}`
    const shared = {
      taskId,
      modelDigest: new Uint8Array(32),
      promptTokens: 3,
      completionTokens: 5,
      amountMicro: 17n,
    }
    const outcome = signMessage(
      'outcome',
      {
        ...shared,
        requester: new Uint8Array(payer.publicKey),
        ok: true,
        result: 'Once',
        errorCode: '',
        errorMessage: '',
        model: MODEL,
        totalMs: 8,
        finishedAtMs: NOW_MS,
      },
      owner,
    )
    const receipt = signMessage(
      'receipt',
      {
        ...shared,
        node: new Uint8Array(owner.publicKey),
        resultHash: new Uint8Array(createHash('sha256').update(outcome.payload).digest()),
        issuedAtMs: NOW_MS,
      },
      payer,
    )
    ledger.committed(await store.write((tx) => ledger.append(tx, { direction: 'credit', receipt, outcome })))
  }
  const lines: string[] = []
  for await (const line of exportLedger({ ledger, format: 'bundle', identity: owner })) lines.push(line)
  await ledger.close()
  await store.close()
  return lines.join('\n')
}
