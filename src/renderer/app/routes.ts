import type { TaskRole } from '../../protocol/views.ts'

export const viewNames = [
  'overview',
  'models',
  'tasks',
  'earnings',
  'network',
  'test',
  'logs',
  'settings',
] as const
export type ViewName = (typeof viewNames)[number]

export const viewTitles: Readonly<Record<ViewName, string>> = {
  overview: 'Overview',
  models: 'Models',
  tasks: 'Tasks',
  earnings: 'Earnings',
  network: 'Network',
  test: 'Test',
  logs: 'Logs',
  settings: 'Settings',
}

/** Where in the window we are. It lives in the location's hash, so that Back works and every place has an address. */
export interface Route {
  readonly view: ViewName
  /** The task whose details are open. */
  readonly task?: { readonly role: TaskRole; readonly taskId: string }
}

/** `#/tasks/executed/0193…`; anything unknown is the Overview. */
export function parseRoute(hash: string): Route {
  const [view, role, taskId] = hash.replace(/^#?\/?/, '').split('/')
  if (!isViewName(view)) return { view: 'overview' }
  if (
    view === 'tasks' &&
    (role === 'executed' || role === 'requested') &&
    taskId !== undefined &&
    taskId !== ''
  ) {
    return { view, task: { role, taskId: decodeURIComponent(taskId) } }
  }
  return { view }
}

export function routeHash(route: Route): string {
  const { view, task } = route
  return task === undefined ? `#/${view}` : `#/${view}/${task.role}/${encodeURIComponent(task.taskId)}`
}

function isViewName(text: string | undefined): text is ViewName {
  return (viewNames as readonly (string | undefined)[]).includes(text)
}
