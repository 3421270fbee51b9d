import type { InfiniteData } from '@tanstack/react-query'
import type { TaskState } from '../../protocol/task.ts'
import type { TaskPage, TaskRole, TaskView } from '../../protocol/views.ts'

export interface TaskFilter {
  readonly role?: TaskRole
  readonly state?: TaskState
  readonly model?: string
  readonly search?: string
}

export type TaskPages = InfiniteData<TaskPage, string | null>

/** Rows that a list keeps; above it the oldest pages are let go and fetched again when they are scrolled to. */
export const MAX_LISTED_TASKS = 10_000

export function taskKey(task: Pick<TaskView, 'role' | 'taskId'>): string {
  return `${task.role}/${task.taskId}`
}

export function matchesFilter(task: TaskView, filter: TaskFilter): boolean {
  if (filter.role !== undefined && task.role !== filter.role) return false
  if (filter.state !== undefined && task.state !== filter.state) return false
  if (filter.model !== undefined && task.model !== filter.model) return false
  if (filter.search === undefined || filter.search === '') return true
  const wanted = filter.search.trim().toLowerCase()
  return [task.title, task.taskId, task.counterparty].some(
    (text) => text?.toLowerCase().includes(wanted) === true,
  )
}

/**
 * Puts changed tasks into the pages already loaded, newest first: known ones in place, new ones where their time
 * says, those that the filter no longer lets through out. Tasks older than what is loaded come with their page.
 */
export function mergeTasks(pages: TaskPages, changes: readonly TaskView[], filter: TaskFilter): TaskPages {
  const changed = new Map(changes.map((task) => [taskKey(task), task]))
  const merged = pages.pages.map((page) => ({
    ...page,
    tasks: page.tasks.flatMap((known) => {
      const key = taskKey(known)
      const task = changed.get(key)
      if (task === undefined) return known
      changed.delete(key)
      return matchesFilter(task, filter) ? task : []
    }),
  }))
  const first = merged[0]
  if (first !== undefined && changed.size > 0) {
    const last = merged.at(-1)
    const oldestMs =
      last?.nextCursor === undefined ? Number.NEGATIVE_INFINITY : (last.tasks.at(-1)?.createdAtMs ?? 0)
    const added = [...changed.values()].filter(
      (task) => matchesFilter(task, filter) && task.createdAtMs >= oldestMs,
    )
    const pageOf = (task: TaskView) =>
      merged.find((page) => {
        const end = page.tasks.at(-1)
        return end !== undefined && task.createdAtMs >= end.createdAtMs
      }) ??
      last ??
      first
    for (const task of added) {
      const page = pageOf(task)
      const at = page.tasks.findIndex((known) => known.createdAtMs <= task.createdAtMs)
      page.tasks.splice(at === -1 ? page.tasks.length : at, 0, task)
    }
  }
  return { ...pages, pages: merged }
}

/** The first page alone, cut to what one page holds; what follows is fetched again. */
export function firstPageOnly(pages: TaskPages, pageSize: number): TaskPages {
  const first = pages.pages[0]
  if (first === undefined) return pages
  return {
    pages: [{ ...first, tasks: first.tasks.slice(0, pageSize) }],
    pageParams: pages.pageParams.slice(0, 1),
  }
}

export function listedTasks(pages: TaskPages | undefined): TaskView[] {
  return pages?.pages.flatMap((page) => page.tasks) ?? []
}
