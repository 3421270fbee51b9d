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

/** Parts of the Models view. */
export const modelTabs = ['served', 'get', 'files', 'devices'] as const
export type ModelTab = (typeof modelTabs)[number]

export const modelTabTitles: Readonly<Record<ModelTab, string>> = {
  served: 'Served',
  get: 'Get models',
  files: 'On this computer',
  devices: 'Devices',
}

/** Where in the window we are. It lives in the location's hash, so that Back works and every place has an address. */
export interface Route {
  readonly view: ViewName
  /** The task whose details are open. */
  readonly task?: { readonly role: TaskRole; readonly taskId: string }
  /** The part of the Models view; the served ones where absent. */
  readonly tab?: ModelTab
}

/** `#/tasks/executed/0193…`, `#/models/get`; anything unknown is the Overview. */
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
  const tab = view === 'models' ? modelTabs.find((known) => known === role) : undefined
  return tab === undefined || tab === 'served' ? { view } : { view, tab }
}

export function routeHash(route: Route): string {
  const { view, task, tab } = route
  if (task !== undefined) return `#/${view}/${task.role}/${encodeURIComponent(task.taskId)}`
  return tab === undefined || tab === 'served' ? `#/${view}` : `#/${view}/${tab}`
}

function isViewName(text: string | undefined): text is ViewName {
  return (viewNames as readonly (string | undefined)[]).includes(text)
}
