import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import type { Connection, Stream } from '@libp2p/interface'
import { createEphemeralIdentity } from '../../src/node/identity/identity.ts'
import { encodeLength } from '../../src/node/network/frame-decoder.ts'
import { offerTopic } from '../../src/node/network/shards.ts'
import { Signed } from '../../src/protocol/wire/messages.pb.ts'
import { signMessage } from '../../src/protocol/wire/signing.ts'
import { anOffer } from './network-hosts.ts'
import { type RawPeer, startRawPeer } from './raw-peer.ts'

/** What the flood is made of, and how much of it was sent. */
export interface FloodCounts {
  identities: number
  validOffers: number
  invalidOffers: number
  repeatedOffers: number
  streams: number
  halfOpenFrames: number
  unreadAnswers: number
}

export interface Flood extends AsyncDisposable {
  readonly counts: FloodCounts
}

export interface FloodInit {
  readonly networkName: string
  /** Where the victim listens. */
  readonly address: string
  readonly model?: string
}

interface Attack {
  readonly init: FloodInit
  readonly counts: FloodCounts
  readonly batches: Uint8Array[][]
  readonly signal: AbortSignal
  readonly peer: RawPeer
  readonly connection: Connection
}

/** Offers of one batch, signed beforehand, so that the flood costs its victim more than its maker. */
const PREPARED_OFFERS = 1_000
/** Batches of one flood, after which its offers repeat: who signs all the time floods nobody. */
const BATCHES = 4
const RETRY_MS = 20
const MESHSUB = '/meshsub/1.1.0'

/**
 * Attacks a node in every way at once, each as fast as it can, until it is disposed of. Who is thrown out comes back under
 * a new name.
 */
export function startFlood(init: FloodInit): Flood {
  const counts: FloodCounts = {
    identities: 0,
    validOffers: 0,
    invalidOffers: 0,
    repeatedOffers: 0,
    streams: 0,
    halfOpenFrames: 0,
    unreadAnswers: 0,
  }
  const batches: Uint8Array[][] = []
  const stopping = new AbortController()
  const attacks = [validOffers, invalidOffers, repeatedOffers, streams, halfOpenFrames, unreadAnswers]
  const running = Promise.all(
    attacks.map((attack) => repeat(attack, { init, counts, batches, signal: stopping.signal })),
  )
  return {
    counts,
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await running
    },
  }
}

async function repeat(
  attack: (attack: Attack) => Promise<void>,
  flood: Omit<Attack, 'peer' | 'connection'>,
): Promise<void> {
  const { init, counts, signal } = flood
  while (!signal.aborted) {
    const peer = await startRawPeer(init.networkName, init.address).catch(() => undefined)
    // Whatever an attack waits for, it ends with its peer.
    const stop = () => void peer?.libp2p.stop()
    signal.addEventListener('abort', stop, { once: true })
    const [connection] = peer?.libp2p.getConnections() ?? []
    if (peer !== undefined && connection !== undefined) {
      counts.identities++
      await attack({ ...flood, peer, connection }).catch(() => undefined)
    }
    signal.removeEventListener('abort', stop)
    await peer?.[Symbol.asyncDispose]()
    await delay(RETRY_MS)
  }
}

async function validOffers(attack: Attack): Promise<void> {
  const { model = 'demo' } = attack.init
  const batch = attack.batches[attack.counts.identities % BATCHES] ?? []
  if (batch.length === 0) {
    const identity = await createEphemeralIdentity()
    for (let count = 0; count < PREPARED_OFFERS; count++) {
      // A threshold of 0: it is to be verified and forwarded, and nobody is to claim it.
      const offer = anOffer(identity, { models: [model], threshold: 0 })
      batch.push(Signed.encode(signMessage('offer', offer, identity)))
    }
    attack.batches[attack.counts.identities % BATCHES] = batch
  }
  await gossip(attack, (index) => batch[index % batch.length] ?? new Uint8Array(0), 'validOffers')
}

async function invalidOffers(attack: Attack): Promise<void> {
  await gossip(attack, (index) => Buffer.from(`no offer ${index} ${'x'.repeat(1_000)}`), 'invalidOffers')
}

async function repeatedOffers(attack: Attack): Promise<void> {
  const identity = await createEphemeralIdentity()
  const offer = Signed.encode(signMessage('offer', anOffer(identity, { threshold: 0 }), identity))
  await gossip(attack, () => offer, 'repeatedOffers')
}

/** Written by hand: gossipsub itself sends nothing twice and nothing to those who did not ask. */
async function gossip(
  attack: Attack,
  bytesOf: (index: number) => Uint8Array,
  kind: 'validOffers' | 'invalidOffers' | 'repeatedOffers',
): Promise<void> {
  const { init, counts } = attack
  const topic = Buffer.from(offerTopic(init.networkName, init.model ?? 'demo'))
  const stream = await attack.connection.newStream(MESHSUB)
  for (let index = 0; isOpen(attack); index++) {
    const rpc = field(2, Buffer.concat([field(2, bytesOf(index)), field(4, topic)]))
    await send(stream, rpc)
    counts[kind]++
  }
}

/** Streams of every protocol that there is, and of one that there is not. */
async function streams(attack: Attack): Promise<void> {
  const names = ['work', 'result', 'info', 'nonsense'].map(
    (name) => `/driad/${attack.init.networkName}/${name}/1`,
  )
  for (let index = 0; isOpen(attack); index++) {
    // As many at once as the muxer lets through; none is used.
    void attack.connection.newStream(names[index % names.length] ?? '').catch(() => undefined)
    attack.counts.streams++
    await nextTurn()
  }
}

/** Frames that are announced as large as they may be, and never finished. */
async function halfOpenFrames(attack: Attack): Promise<void> {
  const name = `/driad/${attack.init.networkName}/result/1`
  const open: Stream[] = []
  while (isOpen(attack)) {
    const stream = await attack.connection.newStream(name).catch(() => undefined)
    if (stream === undefined) {
      await nextTurn()
      continue
    }
    stream.send(Buffer.concat([encodeLength(4_000), new Uint8Array(3_900)]))
    attack.counts.halfOpenFrames++
    open.push(stream)
    if (open.length > 64) open.shift()?.abort(new Error('Enough of it'))
  }
}

/** Questions whose answers are never read. */
async function unreadAnswers(attack: Attack): Promise<void> {
  const name = `/driad/${attack.init.networkName}/info/1`
  while (isOpen(attack)) {
    const stream = await attack.connection.newStream(name).catch(() => undefined)
    if (stream === undefined) {
      await nextTurn()
      continue
    }
    stream.pause()
    stream.send(Uint8Array.of(0))
    attack.counts.unreadAnswers++
  }
}

function isOpen({ connection, signal }: Attack): boolean {
  return connection.status === 'open' && !signal.aborted
}

async function send(stream: Stream, frame: Uint8Array): Promise<void> {
  const room = stream.send(Buffer.concat([encodeLength(frame.byteLength), frame]))
  if (room) await nextTurn()
  else await stream.onDrain({ signal: AbortSignal.timeout(5_000) })
}

/** A length-delimited field of protobuf. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of((number << 3) | 2), encodeLength(bytes.byteLength), bytes])
}
