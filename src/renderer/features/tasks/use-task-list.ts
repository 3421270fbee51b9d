import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import type { TaskView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { firstPageOnly, listedTasks, type TaskFilter, type TaskPages } from '../../api/live-tasks.ts'

export const TASK_PAGE_SIZE = 50

export interface TaskList {
  readonly tasks: readonly TaskView[]
  readonly error: unknown
  readonly isLoading: boolean
  readonly hasMore: boolean
  readonly more: () => void
  readonly retry: () => void
}

/** The tasks that a filter lets through, newest first, page by page; what changes is merged in by LiveUpdates. */
export function useTaskList(filter: TaskFilter): TaskList {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const options = trpc.tasks.list.infiniteQueryOptions(
    { ...filter, limit: TASK_PAGE_SIZE },
    { getNextPageParam: (page) => page.nextCursor, refetchOnMount: 'always' },
  )
  const query = useInfiniteQuery(options)
  const { hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = query
  const key = JSON.stringify(options.queryKey)

  // A long list that one comes back to begins with its first page again.
  useEffect(
    () => () => {
      cache.setQueryData<TaskPages>(JSON.parse(key), (pages) =>
        pages === undefined ? undefined : firstPageOnly(pages, TASK_PAGE_SIZE),
      )
    },
    [cache, key],
  )

  const pages = query.data as TaskPages | undefined
  const tasks = useMemo(() => listedTasks(pages), [pages])
  return {
    tasks,
    error: query.error,
    isLoading: query.isPending,
    hasMore: hasNextPage,
    more: () => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
    },
    retry: () => void refetch(),
  }
}
