import { Notification } from 'electron'
import type { ComputeNode } from '../../node/compute-node/compute-node.ts'
import type { Logger } from '../../node/logs/contract.ts'
import { DriadError } from '../../protocol/errors.ts'
import { waitingVersion } from '../../protocol/update-views.ts'
import type { UpdateKeeper } from '../updates/update-keeper.ts'
import { happeningsBetween, type NodeSnapshot } from './happenings.ts'
import { notificationText } from './notification-text.ts'
import { Notifier } from './notifier.ts'

/** Sums are read no more often than that, while tasks come by the hundred. */
const LOOK_MS = 5_000
const DAY_MS = 24 * 3_600_000
/** How far back a task may be that its requester turns out not to pay. */
const UNPAID_DAYS = 8
/** Held for their clicks. */
const MOST_SHOWN = 16

export interface NotifyOperatorParts {
  readonly node: ComputeNode
  readonly updates: Pick<UpdateKeeper, 'view' | 'onChange'>
  readonly isWatched: () => boolean
  /** Brings the window up at that place. */
  readonly open: (route: string) => void
  readonly logger: Logger
}

/** Tells of what happens by the system's notifications, as far as the settings want it. Returns a function that ends it. */
export function notifyOperator({ node, updates, isWatched, open, logger }: NotifyOperatorParts): () => void {
  if (!Notification.isSupported()) return () => undefined
  const shown = new Set<Notification>()
  const notifier = new Notifier({
    isWanted: (kind) => node.settings.get().notifications.includes(kind),
    isWatched,
    show: (happened) => {
      const { title, body, route } = notificationText(happened, Date.now())
      const notification = new Notification({ title, body })
      // Held until it is gone: one that is collected has no clicks.
      shown.add(notification)
      notification.on('click', () => open(route))
      notification.on('close', () => shown.delete(notification))
      notification.on('failed', (_event, error) => {
        shown.delete(notification)
        logger.debug('A notification could not be shown', { error })
      })
      for (const oldest of shown) {
        if (shown.size <= MOST_SHOWN) break
        shown.delete(oldest)
      }
      notification.show()
      logger.debug('Told the operator', { title })
    },
  })
  const snapshot = () => snapshotOf(node, updates)
  let before = snapshot()
  let timer: NodeJS.Timeout | undefined
  const look = () => {
    timer = undefined
    try {
      const now = snapshot()
      for (const happening of happeningsBetween(before, now)) notifier.add(happening)
      before = now
    } catch (cause) {
      logger.warn('Could not look for news to tell', { error: DriadError.from(cause) })
    }
  }
  const lookSoon = () => {
    timer ??= setTimeout(look, LOOK_MS)
    timer.unref()
  }
  const stops = [node.onStatus(lookSoon), node.pulls.onChange(lookSoon), updates.onChange(lookSoon)]
  // A day ends without anything else happening.
  const clock = setInterval(lookSoon, 60_000)
  clock.unref()
  return () => {
    for (const stop of stops) stop()
    clearInterval(clock)
    clearTimeout(timer)
    notifier.stop()
    for (const notification of shown) notification.close()
  }
}

function snapshotOf(node: ComputeNode, updates: NotifyOperatorParts['updates']): NodeSnapshot {
  const { phase, inference, guest } = node.status()
  const nowMs = Date.now()
  const [dayBefore, today] = node.ledger.byDay(2, nowMs)
  const isOperators = guest.pause?.reasons.some(({ code }) => code === 'operator') === true
  return {
    trouble:
      phase === 'failed'
        ? 'failed'
        : inference.state === 'broken'
          ? 'inference'
          : node.devices.view().use.state === 'suspended'
            ? 'device'
            : undefined,
    models: node.models.list(),
    pulls: node.pulls.list(),
    ...(guest.pause !== undefined && !isOperators && { pause: guest.pause }),
    unpaidTasks: node.money
      .unpaidCauses(nowMs - UNPAID_DAYS * DAY_MS, nowMs)
      .filter(({ code }) => code === 'requester_gone' || code === 'no_receipt' || code === 'disputed')
      .reduce((sum, { tasks }) => sum + tasks, 0),
    newVersion: waitingVersion(updates.view()),
    earnedMicro: node.ledger.credits().creditMicro,
    day: today?.day ?? '',
    dayBefore: { earnedMicro: dayBefore?.creditMicro ?? 0n, tasks: dayBefore?.tasks ?? 0 },
  }
}
