import { DriadError } from '../../protocol/errors.ts'
import { checkSigned } from '../../protocol/wire/checks.ts'
import { decodeChecked } from '../../protocol/wire/codec.ts'
import { peerIdOfPublicKey } from '../../protocol/wire/keys.ts'
import { CLOCK_TOLERANCE_MS, frameLimitBytes } from '../../protocol/wire/limits.ts'
import { type NodeDescription, Signed } from '../../protocol/wire/messages.pb.ts'
import { openSigned } from '../../protocol/wire/signing.ts'
import { INFO_PROTOCOL, type NetworkHost, type PeerTarget } from './contract.ts'
import { RateLimiter } from './rate-limiter.ts'

const DEFAULT_TIMEOUT_MS = 10_000

/** A signed description may be this old: nodes may sign it seldom and give the same to many. */
const MAX_AGE_MS = 10 * 60_000 + CLOCK_TOLERANCE_MS

/** Questions of one peer. A description is up to a thousand times as large as the question. */
const QUESTIONS = { burst: 20, perSecond: 2 }
/** How long one signed description answers all who ask. */
const SIGNED_FOR_MS = 1_000

/**
 * Answers questions with what `describe` gives: the node's description, signed by its identity. Returns a function
 * that ends it.
 */
export function serveDescription(host: NetworkHost, describe: () => Signed): Promise<() => Promise<void>> {
  const questions = new RateLimiter(QUESTIONS)
  let signed: { readonly bytes: Uint8Array; readonly atMs: number } | undefined
  return host.handle(INFO_PROTOCOL, async (stream) => {
    // One empty frame asks; the stream's end would do, but a frame says that somebody is there.
    const { done } = await stream.frames()[Symbol.asyncIterator]().next()
    if (done === true) return
    if (!questions.take(stream.remotePeerId)) throw new DriadError('no_capacity', 'Asked too often')
    const nowMs = performance.now()
    if (signed === undefined || nowMs - signed.atMs > SIGNED_FOR_MS)
      signed = { bytes: Signed.encode(describe()), atMs: nowMs }
    await stream.send(signed.bytes)
  })
}

/**
 * Asks a node what it is and serves. Throws `bad_signature` or `bad_message` if the answer is not signed by the key of
 * that peer, or not for this network; `network_unreachable`; or the signal's reason.
 */
export async function fetchDescription(
  host: NetworkHost,
  target: PeerTarget,
  { signal, timeoutMs = DEFAULT_TIMEOUT_MS }: { signal: AbortSignal; timeoutMs?: number },
): Promise<NodeDescription> {
  const bound = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const stream = await host.openStream(INFO_PROTOCOL, target, { signal: bound })
  const onAbort = () =>
    stream.abort(new DriadError('network_unreachable', `No answer within ${timeoutMs} ms`))
  bound.addEventListener('abort', onAbort, { once: true })
  try {
    await stream.send(new Uint8Array(0), { signal: bound })
    for await (const frame of stream.frames()) return read(frame, host, target)
    throw new DriadError('network_unreachable', `Peer ${target.peerId} did not answer`)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    bound.removeEventListener('abort', onAbort)
    await stream.close().catch(() => {})
  }
}

function read(frame: Uint8Array, host: NetworkHost, target: PeerTarget): NodeDescription {
  const signed = decodeChecked(Signed, checkSigned, frame, frameLimitBytes.info.answerer)
  const { message, publicKey } = openSigned('node-description', signed)
  if (peerIdOfPublicKey(publicKey) !== target.peerId) {
    throw new DriadError('bad_signature', `The description of ${target.peerId} is signed by another key`)
  }
  if (message.network !== host.networkName) {
    throw new DriadError(
      'bad_message',
      `Peer ${target.peerId} describes itself for the network "${message.network}"`,
    )
  }
  const ageMs = Date.now() - message.issuedAtMs
  if (ageMs > MAX_AGE_MS || ageMs < -CLOCK_TOLERANCE_MS) {
    throw new DriadError(
      'bad_message',
      `The description of ${target.peerId} is not of this time; compare the clocks`,
    )
  }
  return message
}
