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

/** Parts of the Earnings view. */
export const earningsTabs = ['overview', 'unpaid', 'requesters', 'statements', 'ledger'] as const
export type EarningsTab = (typeof earningsTabs)[number]

export const earningsTabTitles: Readonly<Record<EarningsTab, string>> = {
  overview: 'Overview',
  unpaid: 'Not paid',
  requesters: 'Requesters',
  statements: 'Statements',
  ledger: 'Ledger',
}

/** The parts of each view that has some; the first one is there where none is named. */
const tabsOf: Partial<Record<ViewName, readonly (ModelTab | EarningsTab)[]>> = {
  models: modelTabs,
  earnings: earningsTabs,
}

/** Where in the window we are. It lives in the location's hash, so that Back works and every place has an address. */
export interface Route {
  readonly view: ViewName
  /** The task whose details are open. */
  readonly task?: { readonly role: TaskRole; readonly taskId: string }
  /** The part of a view that has several; its first one where absent. */
  readonly tab?: ModelTab | EarningsTab
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
  const tab = tabsOf[view]?.slice(1).find((known) => known === role)
  return tab === undefined ? { view } : { view, tab }
}

export function routeHash(route: Route): string {
  const { view, task, tab } = route
  if (task !== undefined) return `#/${view}/${task.role}/${encodeURIComponent(task.taskId)}`
  return tab === undefined || tab === tabsOf[view]?.[0] ? `#/${view}` : `#/${view}/${tab}`
}

function isViewName(text: string | undefined): text is ViewName {
  return (viewNames as readonly (string | undefined)[]).includes(text)
}
