import { encodeLength, FrameDecoder } from '../../../src/node/network/frame-decoder.ts'
import { DriadError } from '../../../src/protocol/errors.ts'
import * as checks from '../../../src/protocol/wire/checks.ts'
import { clipText } from '../../../src/protocol/wire/clip-text.ts'
import { decodeChecked, type WireCodec } from '../../../src/protocol/wire/codec.ts'
import * as messages from '../../../src/protocol/wire/messages.pb.ts'
import {
  openSigned,
  type SignedKind,
  type SignedMessages,
  signMessage,
} from '../../../src/protocol/wire/signing.ts'
import { stepReport } from '../../../src/protocol/workflow/step-report.ts'
import { anOffer } from '../../helpers/network-hosts.ts'
import { fixedSigner } from '../fixed-signer.ts'
import { allowing, bytesOf, type FuzzTarget, mustHold, textOf } from '../target.ts'

const MAX_BYTES = 8 * 1024
const TASK = '0197b7a0-0000-7000-8000-000000000000'
const NOW_MS = Date.UTC(2026, 0, 1)
const signer = fixedSigner(1)
const key = () => new Uint8Array(signer.publicKey)
const isTyped = (error: unknown) => error instanceof DriadError

const model = {
  name: 'demo',
  digest: new Uint8Array(32).fill(7),
  contextSize: 512,
  slots: 4,
  tokensPerSecond: 12.5,
  promptMicroPer1k: 1_000n,
  completionMicroPer1k: 2_000n,
}

/** One of each that can be signed. */
const signable: { readonly [K in SignedKind]?: SignedMessages[K] } = {
  offer: anOffer({ peerId: '12D3KooWAbqQtLTbBVxxnAqPqQCJgEpoLgxwgcDYkMdK98Kc1AQW' } as never, {
    offerId: TASK,
    addresses: ['/ip4/127.0.0.1/tcp/4001'],
    issuedAtMs: NOW_MS,
    expiresAtMs: NOW_MS + 60_000,
    tools: ['wikipedia'],
  }),
  assignment: {
    taskId: TASK,
    offerId: TASK,
    node: key(),
    model: 'demo',
    workflowJson: '{"config":{}}',
    input: 'An input',
    temperature: 0.5,
    stop: ['\n'],
    deadlineMs: NOW_MS,
    promptMicroPer1k: 1n,
    completionMicroPer1k: 2n,
    stream: true,
    cancelOnDisconnect: false,
  },
  outcome: {
    taskId: TASK,
    requester: key(),
    ok: true,
    result: 'A result, with é and 😀',
    errorCode: '',
    errorMessage: '',
    model: 'demo',
    modelDigest: new Uint8Array(32),
    promptTokens: 12,
    completionTokens: 34,
    firstTokenMs: 5,
    totalMs: 80,
    amountMicro: 1_234n,
    finishedAtMs: NOW_MS,
  },
  receipt: {
    taskId: TASK,
    node: key(),
    resultHash: new Uint8Array(32).fill(1),
    modelDigest: new Uint8Array(32),
    promptTokens: 12,
    completionTokens: 34,
    amountMicro: 1_234n,
    issuedAtMs: NOW_MS,
  },
  'result-request': { taskId: TASK, node: key(), issuedAtMs: NOW_MS, cancel: true },
  'node-description': {
    agent: 'driad/0.1.0',
    network: 'main',
    models: [model],
    slots: 4,
    running: 1,
    payoutAddress: 'anywhere',
    issuedAtMs: NOW_MS,
    tools: ['wikipedia'],
  },
}

const kinds = Object.keys(signable) as SignedKind[]
const signedOf = (kind: SignedKind) => signMessage(kind, signable[kind] as never, signer)

interface Decoded<M> {
  readonly codec: WireCodec<M>
  readonly check: (message: M) => M
  readonly seeds: readonly M[]
}

function decoded<M>(codec: WireCodec<M>, check: (message: M) => M, ...seeds: M[]): Decoded<M> {
  return { codec, check, seeds }
}

/** Every message that a stream or a topic carries. The first byte of an input chooses one. */
const all = [
  decoded(messages.Signed, checks.checkSigned, signedOf('receipt')),
  decoded(messages.TaskOffer, checks.checkTaskOffer, signable.offer as messages.TaskOffer),
  decoded(
    messages.NodeDescription,
    checks.checkNodeDescription,
    signable['node-description'] as messages.NodeDescription,
  ),
  decoded(messages.Assignment, checks.checkAssignment, signable.assignment as messages.Assignment),
  decoded(messages.TaskOutcome, checks.checkTaskOutcome, signable.outcome as messages.TaskOutcome),
  decoded(messages.Receipt, checks.checkReceipt, signable.receipt as messages.Receipt),
  decoded(
    messages.ResultRequest,
    checks.checkResultRequest,
    signable['result-request'] as messages.ResultRequest,
  ),
  decoded<messages.FromNode>(
    messages.FromNode,
    checks.checkFromNode,
    {
      claim: {
        offerId: TASK,
        credits: 4,
        models: [model],
        running: 0,
        addresses: ['/ip4/1.2.3.4/tcp/1'],
        tools: [],
        mailboxes: [],
      },
    },
    { rejected: { taskId: TASK, errorCode: 'no_capacity', errorMessage: 'Full' } },
    { chunk: { taskId: TASK, text: 'Once upon a time', tokens: 4 } },
    { step: { taskId: TASK, reportJson: '{"type":"started"}' } },
    { outcome: signedOf('outcome') },
  ),
  decoded<messages.FromRequester>(
    messages.FromRequester,
    checks.checkFromRequester,
    { assign: signedOf('assignment') },
    { cancel: { taskId: TASK } },
    { denied: { offerId: TASK, reason: 'None left' } },
  ),
  decoded<messages.ToResult>(messages.ToResult, checks.checkToResult, {
    request: signedOf('result-request'),
  }),
  decoded<messages.ResultAnswer>(messages.ResultAnswer, checks.checkResultAnswer, {
    status: messages.ResultAnswer.Status.ENDED,
    outcome: signedOf('outcome'),
    errorCode: '',
    errorMessage: '',
  }),
] as unknown as readonly Decoded<unknown>[]

const wireMessages: FuzzTarget = {
  name: 'messages',
  maxBytes: MAX_BYTES,
  words: [TASK, 'demo', '12D3KooW', '/ip4/127.0.0.1/tcp/4001', 'bad_message'],
  seeds: () =>
    all.flatMap(({ codec, seeds }, index) =>
      seeds.map((message) => new Uint8Array(Buffer.concat([Uint8Array.of(index), codec.encode(message)]))),
    ),
  run: (input) => {
    const { codec, check } = all[(input[0] ?? 0) % all.length] as Decoded<unknown>
    const message = allowing(isTyped, () => decodeChecked(codec, check, input.subarray(1), MAX_BYTES))
    if (message === undefined) return
    // What was accepted says the same when it is sent on.
    const again = decodeChecked(codec, check, codec.encode(message), 2 * MAX_BYTES)
    mustHold(
      Buffer.from(codec.encode(again)).equals(codec.encode(message)),
      'a message survives its encoding',
    )
  },
}

/** Envelopes by a real key, around payloads that are not what they should be; and real ones that were changed. */
const signedEnvelopes: FuzzTarget = {
  name: 'signed',
  maxBytes: MAX_BYTES,
  words: [TASK],
  seeds: () =>
    kinds.flatMap((kind, index) => [
      new Uint8Array(Buffer.concat([Uint8Array.of(index * 2), signedOf(kind).payload])),
      new Uint8Array(Buffer.concat([Uint8Array.of(index * 2 + 1), messages.Signed.encode(signedOf(kind))])),
    ]),
  run: (input) => {
    const kind = kinds[((input[0] ?? 0) >> 1) % kinds.length] as SignedKind
    const body = new Uint8Array(input.subarray(1))
    if ((input[0] ?? 0) % 2 === 0) {
      const signature = signer.sign(Buffer.concat([Buffer.from(`driad/1/${kind}\n`), body]))
      const signed = { payload: body, publicKey: key(), signature: new Uint8Array(signature) }
      allowing(isTyped, () => openSigned(kind, signed))
      return
    }
    const opened = allowing(isTyped, () =>
      openSigned(kind, decodeChecked(messages.Signed, checks.checkSigned, body, MAX_BYTES)),
    )
    if (opened === undefined) return
    const isOurs = kinds.some((one) => Buffer.from(signedOf(one).payload).equals(opened.payload))
    mustHold(isOurs, 'a signature that holds is of what was signed')
  },
}

const FRAME_LIMIT = 300
const frames: FuzzTarget = {
  name: 'frames',
  maxBytes: 1_024,
  seeds: () =>
    [[0], [1], [127, 128], [FRAME_LIMIT]].map(
      (sizes) =>
        new Uint8Array(
          Buffer.concat(sizes.flatMap((size) => [encodeLength(size), new Uint8Array(size).fill(size)])),
        ),
    ),
  run: (input) => {
    const whole = decode([input])
    const pieces = decode(Array.from(input, (byte) => Uint8Array.of(byte)))
    mustHold(JSON.stringify(whole) === JSON.stringify(pieces), 'frames do not depend on how the bytes arrive')
  },
}

function decode(parts: readonly Uint8Array[]): { frames: number[][]; error: string } {
  const decoder = new FrameDecoder(FRAME_LIMIT)
  const out: number[][] = []
  let arrived = 0
  try {
    for (const part of parts) {
      arrived += part.byteLength
      for (const frame of decoder.push(part)) {
        mustHold(frame.byteLength <= FRAME_LIMIT, 'no frame is larger than the limit')
        out.push([...frame])
      }
      mustHold(
        decoder.bufferedBytes <= Math.max(16 * 1024, 2 * arrived),
        'little is reserved for what was announced',
      )
    }
    return { frames: out, error: decoder.midFrame ? 'in the middle' : '' }
  } catch (error) {
    if (!(error instanceof DriadError)) throw error
    return { frames: out, error: error.code }
  }
}

const stepReports: FuzzTarget = {
  name: 'step-reports',
  words: ['started', 'ended', 'target', 'fallback'],
  seeds: () => [
    bytesOf('{"type":"started","step":1,"taskId":"a","operator":"generation"}'),
    bytesOf('{"type":"ended","step":1,"ok":true,"changes":[],"next":{"branch":"target","taskId":"_end"}}'),
  ],
  run: (input) => {
    const json = allowing(
      (error) => error instanceof SyntaxError,
      () => JSON.parse(textOf(input)) as unknown,
    )
    stepReport.safeParse(json)
  },
}

const clippedTexts: FuzzTarget = {
  name: 'clip-text',
  maxBytes: 1_024,
  seeds: () => [bytesOf('plain'), bytesOf('é😀漢字'.repeat(20))],
  run: (input) => {
    const max = input[0] ?? 0
    // As UTF-16, which has lone surrogates, unlike UTF-8.
    const text = Buffer.from(input.subarray(1)).toString('utf16le')
    const clipped = clipText(text, max)
    mustHold(Buffer.byteLength(clipped) <= max, 'a clipped text fits')
    mustHold(clipped.isWellFormed(), 'a clipped text is well-formed')
    const kept = clipped.endsWith('…') && clipped !== text.toWellFormed() ? clipped.slice(0, -1) : clipped
    mustHold(text.toWellFormed().startsWith(kept), 'a clipped text is the beginning of the text')
  },
}

export const wireTargets: readonly FuzzTarget[] = [
  frames,
  wireMessages,
  signedEnvelopes,
  stepReports,
  clippedTexts,
]
