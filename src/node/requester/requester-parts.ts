import { randomUUID } from 'node:crypto'
import { emptyCatalogue } from '../../protocol/catalogue/parse.ts'
import type { Catalogue } from '../../protocol/catalogue/schema.ts'
import { creditsText } from '../../protocol/credits-text.ts'
import type { Price } from '../../protocol/money.ts'
import { createWorkflowParser } from '../../protocol/workflow/parse-cache.ts'
import type { Identity } from '../identity/contract.ts'
import type { Ledger } from '../ledger/contract.ts'
import type { Logger } from '../logs/contract.ts'
import { LetterSearch } from '../mailbox/letter-search.ts'
import { mailLimits } from '../mailbox/limits.ts'
import type { NetworkHost } from '../network/contract.ts'
import { Reputation } from '../reputation/reputation.ts'
import type { Store } from '../store/contract.ts'
import { createVerifier, type VerificationInit } from '../verification/create-verifier.ts'
import { Assigner } from './assigner.ts'
import { ClaimTable } from './claims.ts'
import type { Requester } from './contract.ts'
import type { CopiesChange } from './copy-store.ts'
import { Deadlines } from './deadlines.ts'
import { DisputeDelivery } from './dispute-delivery.ts'
import { DisputeStore } from './dispute-store.ts'
import { DriverLease } from './driver-lease.ts'
import { RequestEvents } from './events.ts'
import { Homecoming } from './homecoming.ts'
import { Inquiry } from './inquiry.ts'
import { Letters } from './letters.ts'
import { type RequesterLimits, requesterLimits } from './limits.ts'
import { ModelSets } from './model-sets.ts'
import { NodeConduct } from './node-conduct.ts'
import { NodeSessions } from './node-sessions.ts'
import { Offers } from './offers.ts'
import { PlacedTasks } from './placed-tasks.ts'
import { RequestPreparer } from './prepare-request.ts'
import { ProgressWriter } from './progress-writer.ts'
import { Publisher } from './publisher.ts'
import { ReceiptDelivery } from './receipt-delivery.ts'
import { RequestStore } from './request-store.ts'
import type { StoredRequest } from './request-types.ts'
import { ResultPoller } from './result-poller.ts'
import { Settler } from './settlement.ts'
import { TaskDesk } from './task-desk.ts'
import { TaskWatch } from './task-watch.ts'
import { workTime } from './work-time.ts'

export interface RequesterComponents {
  readonly store: Store
  /** Signs and pays. Not necessarily the key of the transport. */
  readonly identity: Identity
  /** Shared with the node, where there is one in this process. A node never gets tasks of its own process. */
  readonly network: NetworkHost
  readonly ledger: Ledger
  readonly logger: Logger
}

export interface RequesterInit {
  /** What groups, wildcards and aliases in sets of models mean; without one there are none. */
  readonly catalogue?: () => Catalogue
  /** What is paid at most for 1,000 tokens where a task does not say. */
  readonly defaultMaxPrice?: Price
  /** Take up, at the start, every task of the data folder that no living process drives. For programs that stay. */
  readonly recover?: boolean
  /** Nodes that are being dialled already and will answer offers, too: those of the bootstrap list. */
  readonly expectedNodes?: number
  readonly limits?: Partial<RequesterLimits>
  /** Checks of results; none where absent. */
  readonly verification?: VerificationInit | undefined
}

/** A credit for 1,000 tokens: many times what nodes ask by default. */
const DEFAULT_MAX_PRICE: Price = { promptMicroPer1k: 1_000_000n, completionMicroPer1k: 1_000_000n }

export interface RequesterHooks {
  /** The requester itself, for checks that are tasks of their own. */
  readonly requester: () => Requester
  /** The task as it is on disk. Throws `unknown_task`. */
  readonly find: (taskId: string) => StoredRequest
  /** Makes this process the driver of a task whose own is gone. True if this process drives it now. */
  readonly attach: (taskId: string) => Promise<boolean>
}

export type RequesterParts = ReturnType<typeof makeParts>

/** Makes the services that a requester consists of, and ties them together. None of them does anything yet. */
export function makeParts(
  { store, identity, network, ledger, logger: parent }: RequesterComponents,
  init: RequesterInit,
  hooks: RequesterHooks,
) {
  const placed = new PlacedTasks()
  const logger = parent.scope('requester')
  const limits = { ...requesterLimits, ...init.limits }
  const requests: RequestStore = new RequestStore(store, (change) => copiesChanged({ events, desk }, change))
  const parseWorkflow = createWorkflowParser()
  // Not the peer id: a node that starts again has the same one, and knows nothing of what it did before.
  const driver = randomUUID()
  const claims = new ClaimTable((node) => placed.countOf(node))
  /** Gives out what can be given out now, and offers the rest. */
  const place = (key: string) => {
    const offer = offers.byKey(key)
    if (offer !== undefined) assigner.run([offer])
  }
  const sessionOf = (node: string) => sessions.get(node)
  const claimed = (node: string, model: string) => {
    const claim = claims.find(node)
    return claim && { speed: claim.models.get(model)?.tokensPerSecond ?? 0, load: claim.load }
  }

  const reputation = new Reputation({ store, logger })
  const verifier =
    init.verification &&
    createVerifier(
      { requests, reputation, identity, requester: hooks.requester, parseWorkflow, logger },
      init.verification,
    )
  const isHeld = (taskId: string) => verifier?.holds(taskId) === true

  const events = new RequestEvents(logger)
  const lease = new DriverLease(
    { store, logger },
    { driver, leaseMs: limits.leaseMs, renewMs: limits.leaseRenewMs },
  )
  const progress = new ProgressWriter({ requests, logger }, { flushMs: limits.transitionFlushMs })
  const offers: Offers = new Offers(
    { network, identity, logger, requests },
    {
      driver,
      limits,
      isPlaced: (taskId) => placed.has(taskId),
      onPublished: (offer, recipients) => publisher.offerPublished(offer, recipients),
      onClosed: (offer) => sessions.deny(offer, 'All tasks of this offer are placed'),
    },
  )
  const sessions: NodeSessions = new NodeSessions(
    {
      network,
      offers,
      claims,
      assigner: () => assigner,
      desk: () => desk,
      poller: () => poller,
      logger,
    },
    limits,
  )
  const receipts: ReceiptDelivery = new ReceiptDelivery({
    requests,
    identity,
    events,
    poller: () => poller,
    logger,
  })
  const disputes = new DisputeStore(store, identity)
  const disputeDelivery: DisputeDelivery = new DisputeDelivery(
    { disputes, network, identity, logger },
    limits,
  )
  const homecoming = new Homecoming({
    waitMs: limits.homecomingMs,
    onAsked: () => deadlines.note(Date.now()),
  })
  const desk: TaskDesk = new TaskDesk(
    {
      requests,
      receipts,
      disputeOf: (node, taskId) => disputes.signedOf(node, taskId),
      settler: new Settler({
        requests,
        identity,
        ledger,
        placed,
        disputes,
        disputed: () => disputeDelivery.kick(),
        parseWorkflow,
        verifier,
        logger,
      }),
      conduct: new NodeConduct({ reputation, claimed }),
      workTime: (task) => workTime({ requests, parseWorkflow, claimed }, limits, task),
      isHeld,
      offers,
      placed,
      progress,
      events,
      homecoming,
      poller: () => poller,
      sessionOf,
      addressesOf: (node) => claims.find(node)?.addresses ?? [],
      unplaced: place,
      answeredIn: (node, ms) => claims.find(node)?.answeredIn(ms),
      logger,
    },
    limits,
  )
  const assigner: Assigner = new Assigner(
    {
      requests,
      identity,
      offers,
      claims,
      placed,
      events,
      sessionOf,
      standing: (node) => reputation.standing(node),
      logger,
    },
    limits,
    { expectedNodes: init.expectedNodes ?? 0 },
  )
  const letters: Letters = new Letters({
    requests,
    search: new LetterSearch({ network, identity, logger }, mailLimits),
    receipts: () => receipts,
    outcome: (node, signed) => desk.letter(node, signed),
  })
  const poller: ResultPoller = new ResultPoller(
    { network, identity, events: desk, letters: letters, logger },
    limits,
  )
  const deadlines: Deadlines = new Deadlines(
    { requests, logger },
    {
      driver,
      notBeforeMs: ({ taskId, deadlineMs }) =>
        Math.max(
          homecoming.untilMs(taskId),
          placed.get(taskId)?.accepted === true ? deadlineMs + limits.outcomeGraceMs : 0,
          // A check takes no longer than it takes.
          isHeld(taskId) ? Date.now() + limits.outcomeGraceMs : 0,
        ),
      expire: (request) => expire({ requests, offers, desk, network }, request),
    },
  )
  const modelSets = new ModelSets(
    { catalogue: init.catalogue ?? (() => emptyCatalogue), network, logger },
    { waitMs: limits.servedWaitMs },
  )
  const publisher: Publisher = new Publisher(
    {
      requests,
      modelSets,
      preparer: new RequestPreparer({
        driver,
        parseWorkflow,
        resolveModels: (patterns) => modelSets.resolve(patterns),
        defaultTimeoutMs: limits.defaultTimeoutMs,
        defaultMaxPrice: init.defaultMaxPrice ?? DEFAULT_MAX_PRICE,
      }),
      offers,
      deadlines: deadlines,
      placed,
      events,
      network,
      assignNew: (request) => assigner.assignNew(request),
      place,
      logger,
    },
    { driver, limits },
  )
  const watch = new TaskWatch(
    {
      events,
      find: hooks.find,
      attach: hooks.attach,
      flush: () => progress.flush(),
    },
    limits,
  )
  const inquiry = new Inquiry({
    poller,
    desk,
    receipts,
    events,
    sessionOf,
  })
  return {
    limits,
    logger,
    requests,
    placed,
    place,
    events,
    lease,
    progress,
    offers,
    sessions,
    desk,
    assigner,
    poller,
    deadlines,
    receipts,
    disputes,
    disputeDelivery,
    publisher,
    watch,
    inquiry,
    letters,
    reputation,
    verifier,
  } as const
}

/** What the copies of a task make of it is on disk. */
function copiesChanged(
  { events, desk }: { readonly events: RequestEvents; readonly desk: TaskDesk },
  { taskId, state, atMs, reason, ended }: CopiesChange,
): void {
  events.emit({ type: 'state', taskId, state, atMs, ...(reason !== undefined && { reason }) })
  if (ended) desk.endUnplacedCopies(taskId)
}

/** Ends a task whose time is over, and says why nothing came of it. */
async function expire(
  parts: {
    readonly requests: RequestStore
    readonly offers: Offers
    readonly desk: TaskDesk
    readonly network: Pick<NetworkHost, 'networkName'>
  },
  request: StoredRequest,
): Promise<void> {
  const { requests, offers, desk, network } = parts
  const { taskId } = request
  const terms = requests.terms(taskId)
  const answered = offers.byKey(request.offerKey)?.answered === true || requests.assignments.any(taskId)
  const seconds = Math.round((request.deadlineMs - request.createdAtMs) / 100) / 10
  const error = answered
    ? ({ code: 'deadline_exceeded', message: `The task was not done within ${seconds} s` } as const)
    : ({
        code: 'no_node',
        message: `No node that serves ${terms?.models.join(' or ')}${terms === undefined ? '' : limitText(terms.maxPrice)} answered within ${seconds} s. It may be paused or busy, ask for more, or not be online on the network ${network.networkName}, or out of reach from here (--bootstrap)`,
      } as const)
  await desk.end(taskId, { state: 'expired', error })
}

function limitText({ promptMicroPer1k, completionMicroPer1k }: Price): string {
  return ` for at most ${creditsText(promptMicroPer1k)} credits per 1,000 prompt tokens and ${creditsText(completionMicroPer1k)} per 1,000 completion tokens`
}
