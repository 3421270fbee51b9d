import { DriadError } from '../../protocol/errors.ts'
import { checkSigned } from '../../protocol/wire/checks.ts'
import { decodeChecked } from '../../protocol/wire/codec.ts'
import { peerIdOfPublicKey } from '../../protocol/wire/keys.ts'
import { CLOCK_TOLERANCE_MS, frameLimitBytes } from '../../protocol/wire/limits.ts'
import { type NodeDescription, Signed } from '../../protocol/wire/messages.pb.ts'
import { openSigned } from '../../protocol/wire/signing.ts'
import { INFO_PROTOCOL, type NetworkHost, type PeerTarget } from './contract.ts'

const DEFAULT_TIMEOUT_MS = 10_000

/** A signed description may be this old: nodes may sign it seldom and give the same to many. */
const MAX_AGE_MS = 10 * 60_000 + CLOCK_TOLERANCE_MS

/**
 * Answers each question with what `describe` gives: the node's description, signed by its identity. Returns a function
 * that ends it.
 */
export function serveDescription(host: NetworkHost, describe: () => Signed): Promise<() => Promise<void>> {
  return host.handle(INFO_PROTOCOL, async (stream) => {
    // One empty frame asks; the stream's end would do, but a frame says that somebody is there.
    const { done } = await stream.frames()[Symbol.asyncIterator]().next()
    if (done !== true) await stream.send(Signed.encode(describe()))
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
