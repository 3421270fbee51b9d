import { DriadError } from '../../src/protocol/errors.ts'
import { gini, jain, lorenz, mean, quantile } from './figures.ts'
import { Link } from './link.ts'
import { jobs, models, type SimulationOptions, tokens } from './options.ts'
import { Random } from './random.ts'
import { SimulatedGossip } from './simulated-gossip.ts'
import { type MessageKind, SimulatedNetwork } from './simulated-network.ts'
import { type Character, SimulatedNode } from './simulated-node.ts'
import { SimulatedRequester } from './simulated-requester.ts'
import { VirtualClock } from './virtual-clock.ts'

/** After the last task: offers are taken back, credits lapse, and what is on its way arrives. */
const AFTERWARDS_MS = 30_000
/** How often the network is looked at while it runs. */
const SAMPLE_MS = 5_000

const quiet = { debug() {}, info() {}, warn() {}, error() {}, scope: () => quiet }

export interface SimulationResult {
  readonly options: SimulationOptions
  readonly virtualSeconds: number
  readonly wallSeconds: number
  readonly events: number
  readonly completed: number
  readonly expired: number
  /** Tasks that were published after the warm-up, which all figures are of. */
  readonly counted: number
  /** Of tasks whose requesters pay. */
  readonly completedPaying: number
  readonly tasksPaying: number
  readonly completionMs: { readonly p50: number; readonly p95: number; readonly p99: number }
  /** The same of tasks that were published alone. */
  readonly singleMs: { readonly p50: number; readonly p95: number; readonly p99: number }
  /** On streams, of all kinds. */
  readonly messagesPerTask: number
  readonly bytesPerTask: number
  readonly messagesByKind: Readonly<Partial<Record<MessageKind, number>>>
  readonly messagesPerNodeSecond: number
  readonly bytesPerNodeSecond: number
  readonly offers: number
  readonly claims: number
  /** Nodes that claimed an offer, on average, by the size of the job that it was made for. */
  readonly claimsPerOffer: readonly number[]
  readonly publicationsPerOffer: number
  readonly deliveriesPerPublication: number
  readonly widestTopic: number
  readonly gossipPerNodeSecond: number
  /** Of the node that heard most. */
  readonly gossipMostPerSecond: number
  readonly gossipBytesPerNodeSecond: number
  /** Shards of each model at the end, as the middle node has it. */
  readonly shards: readonly number[]
  readonly fairness: { readonly jain: number; readonly gini: number }
  readonly placementsPerTask: number
  readonly priceMicroPer1k: number
  readonly meanPriceMicroPer1k: number
  readonly paidMicro: number
  readonly earnedMicro: number
  readonly lies: {
    readonly done: number
    readonly found: number
    readonly missed: number
    readonly checked: number
  }
  readonly freeRiderTasks: { readonly published: number; readonly completed: number }
  /** 101 quantiles, from the fastest to the slowest. */
  readonly completionCurveMs: readonly number[]
  /** The part of the work that the busiest so many parts of the nodes had; 21 points from 0 to 1. */
  readonly lorenz: readonly number[]
}

export interface Simulation {
  readonly nodes: readonly SimulatedNode[]
  readonly requesters: readonly SimulatedRequester[]
  readonly clock: VirtualClock
  readonly result: SimulationResult
}

export async function simulate(
  options: SimulationOptions,
  onProgress: (done: number, virtualSeconds: number) => void = () => undefined,
): Promise<Simulation> {
  const startedAt = performance.now()
  const random = new Random(options.seed)
  const clock = new VirtualClock(random)
  const network = new SimulatedNetwork(clock, random, options)
  const gossip = new SimulatedGossip(network)
  const nodes: SimulatedNode[] = []
  const nodesById = new Map<string, SimulatedNode>()
  const requestersById = new Map<string, SimulatedRequester>()

  const open = (node: SimulatedNode, contact: string): Promise<Link> => {
    clock.promised()
    const requester = requestersById.get(contact)
    const existing = node.links.get(contact)
    if (requester === undefined)
      return Promise.reject(new DriadError('network_unreachable', 'Nobody is there'))
    if (existing !== undefined) return Promise.resolve(existing)
    return new Promise((resolve, reject) => {
      clock.setTimeout(
        () => {
          clock.promised()
          if (!node.online) reject(new DriadError('stopping', 'The node has gone'))
          else if (node.links.has(contact)) resolve(node.links.get(contact) as Link)
          else if (requester.openLinks >= requester.limits.maxSessions)
            reject(new DriadError('no_capacity', 'As many streams as it takes'))
          else {
            const link = new Link(network, node, requester)
            requester.opened(link)
            node.opened(link)
            clock.setTimeout(
              () => link.cut({ noticed: random.chance(0.5) }),
              random.exponential(options.streamMs),
            )
            resolve(link)
          }
        },
        network.connectMs(node.place, requester.place),
      )
    })
  }

  for (let index = 0; index < options.nodes; index++) {
    const drawn = random.next()
    const character: Character =
      drawn < options.liars ? 'liar' : drawn < options.liars + options.mutes ? 'mute' : 'honest'
    const node = new SimulatedNode({
      publicKey: random.bytes(32),
      place: network.place(),
      models: servedModels(random),
      character,
      exposure: options.exposure,
      network,
      open,
      logger: quiet,
    })
    nodes.push(node)
    nodesById.set(node.peerId, node)
    gossip.add(node)
  }
  gossip.start()

  let ended = 0
  const requesters: SimulatedRequester[] = []
  for (let index = 0; index < options.requesters; index++) {
    const requester = new SimulatedRequester({
      publicKey: random.bytes(32),
      gossip: gossip.peer(network.place()),
      network,
      nodeOf: (peerId) => nodesById.get(peerId),
      pays: index >= Math.round(options.requesters * options.freeRiders),
      checks: { strangers: options.checkStrangers, trusted: options.checkTrusted },
      logger: quiet,
      onEnd: () => {
        ended++
      },
    })
    requesters.push(requester)
    requestersById.set(requester.peerId, requester)
  }

  for (const node of nodes) churn(node, clock, random, options, () => gossip.changed(node))
  const singles = new Set<string>()
  const lastAt = publishAll(options, { clock, random, nodes, requesters, singles })
  let rates: Rates | undefined
  // What comes a second is of the time in which tasks are published; the last ones take longer.
  clock.setTimeout(() => {
    rates = ratesOf(network, gossip, nodes)
  }, lastAt)

  clock.setTimeout(() => {
    network.sent.clear()
    gossip.mark()
    for (const node of nodes) node.mark()
  }, options.warmUpMs)
  let lookedAt = 0
  let doneAt = Number.POSITIVE_INFINITY
  await clock.run(() => {
    if (clock.now() - lookedAt >= SAMPLE_MS) {
      lookedAt = clock.now()
      onProgress(ended, clock.now() / 1000)
    }
    if (ended >= options.tasks && doneAt === Number.POSITIVE_INFINITY) doneAt = clock.now()
    return clock.now() > Math.max(doneAt, lastAt) + AFTERWARDS_MS
  })
  for (const node of nodes) node.endOfTime()
  rates ??= ratesOf(network, gossip, nodes)
  const result = measure({ options, clock, network, gossip, nodes, requesters, singles, rates, startedAt })
  return { nodes, requesters, clock, result }
}

function servedModels(random: Random) {
  const chosen = models.filter(({ served }) => random.chance(served))
  const price = random.logNormal(1_000, 0.5)
  return (chosen.length > 0 ? chosen : [models[0]]).map(({ name, slots, tokensPerSecond }) => ({
    name,
    digest: new Uint8Array(32),
    contextSize: 8_192,
    slots: 1 + random.below(slots),
    tokensPerSecond: Math.round(random.logNormal(tokensPerSecond, 0.4)),
    price: {
      promptMicroPer1k: BigInt(Math.round(price)),
      completionMicroPer1k: BigInt(Math.round(2 * price)),
    },
  }))
}

function churn(
  node: SimulatedNode,
  clock: VirtualClock,
  random: Random,
  { stayMs, awayMs }: SimulationOptions,
  changed: () => void,
): void {
  const leave = () => {
    node.leave({ orderly: random.chance(0.5) })
    changed()
    clock.setTimeout(come, random.exponential(awayMs))
  }
  const come = () => {
    node.come()
    changed()
    clock.setTimeout(leave, random.exponential(stayMs))
  }
  clock.setTimeout(leave, random.exponential(stayMs))
}

interface World {
  readonly clock: VirtualClock
  readonly random: Random
  readonly nodes: readonly SimulatedNode[]
  readonly requesters: readonly SimulatedRequester[]
  /** Ids of tasks that were published alone. */
  readonly singles: Set<string>
}

/** Schedules the jobs, at a rate that keeps the nodes as busy as is asked for. Returns when the last one is published. */
function publishAll(
  options: SimulationOptions,
  { clock, random, nodes, requesters, singles }: World,
): number {
  const meanTokens = tokens.median * Math.exp(tokens.sigma ** 2 / 2)
  let perSecond = Number.POSITIVE_INFINITY
  // The scarcest model, in relation to what is asked of it, sets the pace.
  for (const model of models) {
    let capacity = 0
    for (const node of nodes) {
      if (node.character !== 'honest') continue
      for (const { name, slots, tokensPerSecond } of node.models)
        if (name === model.name)
          capacity += slots / (tokens.firstTokenMs / 1000 + meanTokens / tokensPerSecond)
    }
    perSecond = Math.min(perSecond, capacity / model.tasks)
  }
  perSecond *= options.utilisation
  let atMs = 0
  for (let published = 0; published < options.tasks; ) {
    const wanted = drawn(random, jobs, ({ often }) => often).tasks
    const count = Math.min(wanted, options.tasks - published)
    const model = drawn(random, models, ({ tasks }) => tasks).name
    const requester = random.pick(requesters)
    clock.setTimeout(() => {
      requester.publish(model, count, count === 1 ? singles : undefined)
    }, atMs)
    published += count
    atMs += random.exponential((count / perSecond) * 1000)
  }
  return atMs
}

function drawn<T>(random: Random, from: readonly T[], weight: (item: T) => number): T {
  let left = random.next() * from.reduce((sum, item) => sum + weight(item), 0)
  for (const item of from) {
    left -= weight(item)
    if (left < 0) return item
  }
  return from[0] as T
}

type Rates = Pick<
  SimulationResult,
  | 'messagesPerNodeSecond'
  | 'bytesPerNodeSecond'
  | 'gossipPerNodeSecond'
  | 'gossipMostPerSecond'
  | 'gossipBytesPerNodeSecond'
>

/** Nodes that were there for less are not asked how much came a second. */
const ENOUGH_MS = 20_000

function ratesOf(network: SimulatedNetwork, gossip: SimulatedGossip, nodes: readonly SimulatedNode[]): Rates {
  const nodeSeconds = nodes.reduce((sum, { onlineUntilNowMs }) => sum + onlineUntilNowMs / 1000, 0)
  let [messages, bytes, most] = [0, 0, 0]
  for (const counter of network.sent.values()) {
    messages += counter.messages
    bytes += counter.bytes
  }
  for (const node of nodes) {
    const onlineMs = node.onlineUntilNowMs
    if (onlineMs > ENOUGH_MS) most = Math.max(most, gossip.heardBy(node) / (onlineMs / 1000))
  }
  return {
    messagesPerNodeSecond: messages / nodeSeconds,
    bytesPerNodeSecond: bytes / nodeSeconds,
    gossipPerNodeSecond: gossip.deliveries / nodeSeconds,
    gossipMostPerSecond: most,
    gossipBytesPerNodeSecond: gossip.bytes / nodeSeconds,
  }
}

interface Measured {
  readonly options: SimulationOptions
  readonly clock: VirtualClock
  readonly network: SimulatedNetwork
  readonly gossip: SimulatedGossip
  readonly nodes: readonly SimulatedNode[]
  readonly requesters: readonly SimulatedRequester[]
  readonly singles: ReadonlySet<string>
  readonly rates: Rates
  readonly startedAt: number
}

function measure(world: Measured): SimulationResult {
  const { options, clock, network, gossip, nodes, requesters, singles } = world
  const from = clock.wallMs() - Math.floor(clock.now()) + options.warmUpMs
  const completions: number[] = []
  const alone: number[] = []
  let [counted, expired, placements, completedPaying, tasksPaying] = [0, 0, 0, 0, 0]
  const freeRiderTasks = { published: 0, completed: 0 }
  const priceOf = { sum: 0, tasks: 0 }
  for (const requester of requesters) {
    for (const request of requester.requests.all()) {
      if (request.createdAtMs < from) continue
      counted++
      placements += request.placed
      const isDone = request.endedAs === 'retrieved'
      if (requester.pays) {
        tasksPaying++
        if (isDone) completedPaying++
      } else {
        freeRiderTasks.published++
        if (isDone) freeRiderTasks.completed++
      }
      if (request.endedAs === 'expired') expired++
      if (!isDone || request.endedAtMs === undefined || !requester.pays) continue
      const tookMs = request.endedAtMs - request.createdAtMs
      completions.push(tookMs)
      if (singles.has(request.taskId)) alone.push(tookMs)
      const price = request.node === undefined ? undefined : request.assignments.get(request.node)?.price
      if (price === undefined) continue
      priceOf.sum += Number(price.completionMicroPer1k)
      priceOf.tasks++
    }
  }
  const sorted = Float64Array.from(completions).toSorted()
  const sortedAlone = Float64Array.from(alone).toSorted()
  const byKind: Partial<Record<MessageKind, number>> = {}
  let [messages, bytes] = [0, 0]
  for (const [kind, counter] of network.sent) {
    byKind[kind] = counter.messages / counted
    messages += counter.messages
    bytes += counter.bytes
  }
  const claims = network.sent.get('claim')?.messages ?? 0
  const offered = requesters
    .flatMap((requester) => [...requester.offered.values()])
    .filter(({ at }) => at >= options.warmUpMs)
  const offers = offered.length
  const claimsOf = (tasks: number) =>
    mean(offered.filter((offer) => offer.tasks === tasks).map(({ claimedBy }) => claimedBy.size))
  // What each node had of the work, in relation to what it could have done while it was there.
  const shares = nodes
    .filter(({ character, onlineMs }) => character === 'honest' && onlineMs > 60_000)
    .map((node) => node.busyMs / (node.onlineMs * node.models.reduce((sum, { slots }) => sum + slots, 0)))
  const sumOf = (pick: (requester: SimulatedRequester) => number) =>
    requesters.reduce((sum, requester) => sum + pick(requester), 0)
  return {
    options,
    virtualSeconds: clock.now() / 1000,
    wallSeconds: (performance.now() - world.startedAt) / 1000,
    events: clock.events,
    completed: completedPaying + freeRiderTasks.completed,
    expired,
    counted,
    completedPaying,
    tasksPaying,
    completionMs: { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99) },
    singleMs: {
      p50: quantile(sortedAlone, 0.5),
      p95: quantile(sortedAlone, 0.95),
      p99: quantile(sortedAlone, 0.99),
    },
    messagesPerTask: messages / counted,
    bytesPerTask: bytes / counted,
    messagesByKind: byKind,
    offers,
    claims,
    claimsPerOffer: jobs.map(({ tasks }) => claimsOf(tasks)),
    publicationsPerOffer: gossip.publications / offers,
    deliveriesPerPublication: gossip.deliveries / gossip.publications,
    widestTopic: gossip.widest,
    ...world.rates,
    shards: models.map(({ name }) => {
      const levels = gossip.levelsOf(name).toSorted((a, b) => a - b)
      return 2 ** (levels[levels.length >> 1] ?? 0)
    }),
    fairness: { jain: jain(shares), gini: gini(shares) },
    placementsPerTask: placements / counted,
    priceMicroPer1k: priceOf.sum / Math.max(1, priceOf.tasks),
    meanPriceMicroPer1k: mean(
      nodes.flatMap((node) => node.models.map(({ price }) => Number(price.completionMicroPer1k))),
    ),
    paidMicro: Number(requesters.reduce((sum, { paidMicro }) => sum + paidMicro, 0n)),
    earnedMicro: Number(nodes.reduce((sum, { earnedMicro }) => sum + earnedMicro, 0n)),
    lies: {
      done: nodes.reduce((sum, node) => sum + (node.character === 'liar' ? node.done : 0), 0),
      found: sumOf(({ standings }) => standings.found),
      missed: sumOf(({ standings }) => standings.missed),
      checked: sumOf(({ standings }) => standings.checked),
    },
    freeRiderTasks,
    completionCurveMs: Array.from({ length: 101 }, (_, index) => quantile(sorted, index / 100)),
    lorenz: lorenz(shares),
  }
}
