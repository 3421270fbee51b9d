import { type Query, type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { LedgerEntryView } from '../../protocol/earnings-views.ts'
import type { TaskView } from '../../protocol/views.ts'
import { useTRPC, useTRPCClient } from '../api/client.ts'
import { coalesce } from '../api/coalesce.ts'
import type { IpcCallContext } from '../api/ipc-link.ts'
import {
  firstPageOnly,
  listedTasks,
  MAX_LISTED_TASKS,
  mergeTasks,
  type TaskPages,
} from '../api/live-tasks.ts'
import {
  type EntryPages,
  entryPagesKey,
  MAX_LISTED_ENTRIES,
  prependEntries,
} from '../features/earnings/entry-pages.ts'
import { useLogBuffer } from '../features/logs/LogBufferProvider.tsx'
import { TASK_PAGE_SIZE } from '../features/tasks/use-task-list.ts'

/** Renderings at most this often for lists that change all the time. */
const LIST_INTERVAL_MS = 150
const SUMMARY_INTERVAL_MS = 1_000
/** An hour of tasks is summed up for it, and a chart drawn of them. */
const THROUGHPUT_INTERVAL_MS = 5_000
/** Of a list that no view shows at the moment: it begins with as much when it is opened again. */
const MAX_HIDDEN_ROWS = 500
/** Sums over many days cost more, and nobody reads them by the second. */
const SUMS_INTERVAL_MS = 15_000

/** These begin with what is now, so opening them again loses nothing. */
const snapshot: { context: Record<string, unknown> } = {
  context: { resubscribe: true } satisfies IpcCallContext,
}

/**
 * Follows the node and writes what it says into the query cache: views read from there and never poll.
 * Shows nothing itself.
 */
export function LiveUpdates() {
  const trpc = useTRPC()
  const client = useTRPCClient()
  const cache = useQueryClient()
  const logs = useLogBuffer()

  useEffect(() => {
    const statusKey = trpc.node.status.queryKey()
    const modelsKey = trpc.models.list.queryKey()
    const speedsKey = trpc.models.speeds.queryKey()
    const devicesKey = trpc.devices.view.queryKey()
    const entriesKey = entryPagesKey(trpc.earnings.entries.queryKey())

    const summary = coalesce<null>(SUMMARY_INTERVAL_MS, () => {
      void cache.invalidateQueries(trpc.earnings.summary.pathFilter())
    })
    const throughput = coalesce<null>(THROUGHPUT_INTERVAL_MS, () => {
      void cache.invalidateQueries(trpc.node.throughput.pathFilter())
    })
    const sums = coalesce<null>(SUMS_INTERVAL_MS, () => {
      const { days, modelDays, groups, unpaidCauses, unpaid, exposure, statements } = trpc.earnings
      for (const part of [days, modelDays, groups, unpaidCauses, unpaid, exposure, statements]) {
        void cache.invalidateQueries({ ...part.pathFilter(), predicate: isAtItsTop })
      }
    })
    const tasks = coalesce<TaskView>(LIST_INTERVAL_MS, (changes) => {
      updateTaskLists(cache, trpc.tasks.list.pathKey(), changes)
      for (const { role, taskId } of changes) {
        void cache.invalidateQueries({ queryKey: trpc.tasks.get.queryKey({ role, taskId }) })
      }
      summary.push(null)
      throughput.push(null)
      sums.push(null)
    })
    const entries = coalesce<LedgerEntryView>(LIST_INTERVAL_MS, (added) => {
      const isShown = cache.getQueryCache().find({ queryKey: entriesKey })?.isActive() === true
      cache.setQueryData<EntryPages>(entriesKey, (pages) =>
        pages === undefined
          ? undefined
          : prependEntries(pages, added, isShown ? MAX_LISTED_ENTRIES : MAX_HIDDEN_ROWS),
      )
      summary.push(null)
      sums.push(null)
    })

    const subscriptions = [
      client.node.onStatus.subscribe(undefined, {
        ...snapshot,
        onData: (status) => cache.setQueryData(statusKey, status),
      }),
      client.settings.onChange.subscribe(undefined, {
        ...snapshot,
        onData: (settings) => {
          cache.setQueryData(trpc.settings.get.queryKey(), settings)
          void cache.invalidateQueries(trpc.settings.state.queryFilter())
        },
      }),
      client.updates.onChange.subscribe(undefined, {
        ...snapshot,
        onData: (updates) => cache.setQueryData(trpc.updates.view.queryKey(), updates),
      }),
      client.models.onChange.subscribe(undefined, {
        ...snapshot,
        onData: (models) => {
          cache.setQueryData(modelsKey, models)
          void cache.invalidateQueries(trpc.test.models.pathFilter())
        },
      }),
      client.pulls.onChange.subscribe(undefined, {
        ...snapshot,
        onData: (pulls) => cache.setQueryData(trpc.pulls.list.queryKey(), pulls),
      }),
      client.recovery.onChange.subscribe(undefined, {
        ...snapshot,
        onData: (recovery) => cache.setQueryData(trpc.recovery.view.queryKey(), recovery),
      }),
      client.models.onSpeeds.subscribe(undefined, {
        ...snapshot,
        onData: (speeds) => cache.setQueryData(speedsKey, speeds),
      }),
      client.health.onChange.subscribe(undefined, {
        ...snapshot,
        onData: (health) => cache.setQueryData(trpc.health.view.queryKey(), health),
      }),
      client.firstRun.onChange.subscribe(undefined, {
        ...snapshot,
        onData: (view) => cache.setQueryData(trpc.firstRun.view.queryKey(), view),
      }),
      client.devices.onChange.subscribe(undefined, {
        ...snapshot,
        onData: (devices) => cache.setQueryData(devicesKey, devices),
      }),
      client.tasks.onChange.subscribe(undefined, { ...snapshot, onData: (task) => tasks.push(task) }),
      client.earnings.onEntry.subscribe({}, { ...snapshot, onData: (event) => entries.push(event.data) }),
      client.app.onGoTo.subscribe(undefined, {
        ...snapshot,
        onData: (route) => {
          window.location.hash = route
        },
      }),
      client.logs.onLine.subscribe({}, { ...snapshot, onData: (event) => logs.append(event.data) }),
    ]
    return () => {
      for (const subscription of subscriptions) subscription.unsubscribe()
      for (const gathered of [tasks, entries, summary, throughput, sums]) gathered.stop()
    }
  }, [trpc, client, cache, logs])

  return null
}

/** A list that was scrolled down has many pages, which would all be read again: it keeps them until it is opened anew. */
function isAtItsTop({ state }: Query): boolean {
  const pages = (state.data as { pages?: readonly unknown[] } | undefined)?.pages
  return pages === undefined || pages.length <= 1
}

/** Every list of tasks that was ever shown, each with its own filter, which stands in its key. */
function updateTaskLists(
  cache: QueryClient,
  pathKey: readonly unknown[],
  changes: readonly TaskView[],
): void {
  for (const query of cache.getQueryCache().findAll({ queryKey: pathKey })) {
    const [, options] = query.queryKey as [unknown, { input?: object; type?: string }?]
    const pages = query.state.data as TaskPages | undefined
    if (options?.type !== 'infinite' || pages === undefined) continue
    const merged = mergeTasks(pages, changes, options.input ?? {})
    if (listedTasks(merged).length <= (query.isActive() ? MAX_LISTED_TASKS : MAX_HIDDEN_ROWS)) {
      cache.setQueryData(query.queryKey, merged)
    } else {
      cache.setQueryData(query.queryKey, firstPageOnly(merged, TASK_PAGE_SIZE))
      void cache.invalidateQueries({ queryKey: query.queryKey, exact: true })
    }
  }
}
