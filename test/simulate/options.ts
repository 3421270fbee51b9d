import { defaultExposureBounds, type ExposureBounds } from '../../src/node/exposure/exposure-rule.ts'

export interface SimulationOptions {
  readonly nodes: number
  readonly tasks: number
  readonly seed: number
  /** Nothing is counted before that: the nodes and requesters of a new network know nothing of each other yet. */
  readonly warmUpMs: number
  /** Processes that publish tasks; each is connected to a few of the nodes. */
  readonly requesters: number
  /** Tasks under way at any time, as a part of what all nodes could do at once. */
  readonly utilisation: number
  /** How long a node stays, and how long it is away, on average; half of those that leave do so without a word. */
  readonly stayMs: number
  readonly awayMs: number
  /** Mean time until an open stream breaks. */
  readonly streamMs: number
  /** Parts of the nodes: those that make results up, and those that accept and never answer. */
  readonly liars: number
  readonly mutes: number
  /** Part of the requesters that never pay. */
  readonly freeRiders: number
  /** Part of the messages that have to be sent again. */
  readonly loss: number
  /** Parts of the results that are checked: of nodes that have not proven themselves yet, and of those that have. */
  readonly checkStrangers: number
  readonly checkTrusted: number
  /** What each node lets go unpaid. */
  readonly exposure: ExposureBounds
}

export const defaultOptions: SimulationOptions = {
  nodes: 1_000,
  tasks: 100_000,
  seed: 1,
  warmUpMs: 60_000,
  requesters: 100,
  utilisation: 0.6,
  stayMs: 20 * 60_000,
  awayMs: 3 * 60_000,
  streamMs: 10 * 60_000,
  liars: 0.03,
  mutes: 0.01,
  freeRiders: 0.02,
  loss: 0.01,
  checkStrangers: 0.2,
  checkTrusted: 0.02,
  exposure: defaultExposureBounds,
}

/** Models, and the part of the tasks that asks for each. */
export const models = [
  { name: 'small:8b', tasks: 0.6, served: 0.7, slots: 4, tokensPerSecond: 45 },
  { name: 'medium:14b', tasks: 0.3, served: 0.4, slots: 2, tokensPerSecond: 30 },
  { name: 'large:70b', tasks: 0.1, served: 0.1, slots: 2, tokensPerSecond: 18 },
] as const

/** How many tasks a requester publishes at once, and how often that is. Mostly one, and most tasks come in batches. */
export const jobs = [
  { tasks: 1, often: 0.8 },
  { tasks: 20, often: 0.16 },
  { tasks: 400, often: 0.04 },
] as const

export const tokens = { median: 110, sigma: 0.8, prompt: 200, firstTokenMs: 400 }
export const deadlineMs = 30 * 60_000
/** Peers that a requester is connected to before its first offer, and neighbours of a node that its level follows. */
export const peersOfRequester = 24
export const neighboursOfNode = 16

/**
 * Where computers stand to the internet, how often that is, and how much longer it takes to open a stream and to send a message
 * from one of them.
 */
export const natClasses = [
  { name: 'open', often: 0.3, connectRoundTrips: 3, detour: 1 },
  { name: 'punched', often: 0.5, connectRoundTrips: 6, detour: 1 },
  { name: 'relayed', often: 0.2, connectRoundTrips: 6, detour: 2 },
] as const
export type NatClass = (typeof natClasses)[number]
