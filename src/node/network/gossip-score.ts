import type { GossipSub, GossipSubComponents, GossipsubOpts } from '@libp2p/gossipsub'
import type { PeerId } from '@libp2p/interface'
import type { PeerBudgets } from './peer-budgets.ts'

/** Peers behind one address are many in offices; and all are, in tests on one computer. */
const PEERS_PER_IP = 64

/**
 * How gossipsub judges its neighbours (gossipsub v1.1, peer scoring). Offers are seldom and uneven, so nobody is judged by
 * how much he delivers (P3 is off): a quiet neighbour is a good one. What counts is what is invalid:
 *
 * | invalid offers | score of the topic | what follows |
 * | --- | --- | --- |
 * | 1 | -8 | out of the mesh |
 * | 2 | -32 | no gossip with it (below -10) |
 * | 3 | -72 | our own offers do not go to it (below -50) |
 * | 4 | -128 | nothing it sends is read (below -80) |
 *
 * The same offers count as misdeeds, on all protocols: five of them are a quarantine.
 */
const offerTopicScore = {
  topicWeight: 1,
  // A little for those who have been here long and bring offers first; at most 1.6, so that it buys no misdeeds.
  timeInMeshWeight: 0.01,
  timeInMeshQuantum: 60_000,
  timeInMeshCap: 60,
  firstMessageDeliveriesWeight: 0.05,
  firstMessageDeliveriesDecay: 0.99,
  firstMessageDeliveriesCap: 20,
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: 0.5,
  meshMessageDeliveriesCap: 1,
  meshMessageDeliveriesThreshold: 1,
  meshMessageDeliveriesWindow: 0,
  meshMessageDeliveriesActivation: 1_000,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: 0.5,
  invalidMessageDeliveriesWeight: -8,
  // Each second: half in five minutes, as misdeeds.
  invalidMessageDeliveriesDecay: 0.5 ** (1 / 300),
}

/** `scoreOf` is our own part of a peer's score: 0, or below for misdeeds. */
export function gossipScoring(
  scoreOf: (peerId: string) => number,
): Pick<GossipsubOpts, 'scoreParams' | 'scoreThresholds' | 'decodeRpcLimits'> {
  return {
    scoreParams: {
      topicScoreCap: 2,
      // Misdeeds of any kind, with the thresholds below: 1 point leaves the mesh, 6 end gossip, 41 end everything.
      appSpecificScore: (peer) => Math.min(0, scoreOf(peer) + 1),
      appSpecificWeight: 2,
      IPColocationFactorThreshold: PEERS_PER_IP,
      IPColocationFactorWhitelist: new Set(['127.0.0.1', '::1']),
      // Grafting again too soon, and promising offers that never come. A mistake or two are forgiven.
      behaviourPenaltyWeight: -10,
      behaviourPenaltyThreshold: 2,
      behaviourPenaltyDecay: 0.9,
    },
    scoreThresholds: { gossipThreshold: -10, publishThreshold: -50, graylistThreshold: -80 },
    // What one RPC may hold, besides its size. A correct peer groups what it has to say of a heartbeat.
    decodeRpcLimits: {
      maxSubscriptions: 1_024,
      maxMessages: 4_096,
      maxIhaveMessageIDs: 1_024,
      maxIwantMessageIDs: 1_024,
      maxControlMessages: 256,
      maxIdontwantMessageIDs: 512,
      maxPeerInfos: 0,
    },
  }
}

/** What gossipsub spends on each message and each control entry, known or new; a validator's time is measured. */
const MESSAGE_CPU_MS = 0.1
const CONTROL_CPU_MS = 0.01

interface Rpc {
  readonly subscriptions: readonly unknown[]
  readonly messages: readonly unknown[]
  readonly control?: Readonly<Record<string, readonly { readonly messageIDs?: readonly unknown[] }[]>>
}

/** Of gossipsub's class, the public parts that its interface leaves out. */
interface GossipSubInternals {
  readonly score: { readonly params: { readonly topics: Record<string, typeof offerTopicScore> } }
  handleReceivedRpc(from: PeerId, rpc: Rpc): Promise<void>
}

/** Counts what gossip takes: messages that were seen before reach no validator, but cost nearly as much. */
export function meteredGossip(
  make: (components: GossipSubComponents) => GossipSub,
  budgets: PeerBudgets,
): (components: GossipSubComponents) => GossipSub {
  return (components) => {
    const gossip = make(components)
    const internals = gossip as unknown as GossipSubInternals
    const { handleReceivedRpc } = internals
    internals.handleReceivedRpc = (from, rpc) => {
      const account = budgets.of(from.toString())
      for (let index = 0; index < rpc.messages.length; index++) account.message()
      account.worked(rpc.messages.length * MESSAGE_CPU_MS + entries(rpc) * CONTROL_CPU_MS)
      return handleReceivedRpc.call(gossip, from, rpc)
    }
    return gossip
  }
}

export function scoreTopic(gossip: GossipSub, topic: string): void {
  ;(gossip as unknown as GossipSubInternals).score.params.topics[topic] = offerTopicScore
}

export function unscoreTopic(gossip: GossipSub, topic: string): void {
  delete (gossip as unknown as GossipSubInternals).score.params.topics[topic]
}

function entries({ subscriptions, control = {} }: Rpc): number {
  let count = subscriptions.length
  for (const list of Object.values(control)) {
    for (const { messageIDs } of list) count += 1 + (messageIDs?.length ?? 0)
  }
  return count
}
