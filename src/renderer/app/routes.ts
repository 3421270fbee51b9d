import { t } from '../../locales/translate.ts'
import { type FirstRunStep, firstRunSteps } from '../../protocol/first-run-views.ts'
import type { HealthPlace } from '../../protocol/health-views.ts'
import type { TaskRole } from '../../protocol/views.ts'

export const viewNames = [
  'overview',
  'models',
  'tasks',
  'earnings',
  'network',
  'test',
  'health',
  'logs',
  'settings',
] as const
export type ViewName = (typeof viewNames)[number]

export function viewTitle(view: ViewName): string {
  return t(`navigation:title.${view}`)
}

/** Parts of the Overview; the second one is gone to when the node is set up. */
export const overviewTabs = ['now', 'first-run'] as const
export type OverviewTab = (typeof overviewTabs)[number]

/** Parts of the Models view. */
export const modelTabs = ['served', 'get', 'files', 'devices'] as const
export type ModelTab = (typeof modelTabs)[number]

/** Parts of the Earnings view. */
export const earningsTabs = ['overview', 'unpaid', 'requesters', 'statements', 'ledger'] as const
export type EarningsTab = (typeof earningsTabs)[number]

/** Parts of the Network view. */
export const networkTabs = ['peers', 'offers', 'kept-out'] as const
export type NetworkTab = (typeof networkTabs)[number]

/** The second one is the Settings, scrolled down to updates. */
export const settingsTabs = ['all', 'updates'] as const
export type SettingsTab = (typeof settingsTabs)[number]

type Tab = OverviewTab | ModelTab | EarningsTab | NetworkTab | SettingsTab

export function tabTitle(tab: Exclude<Tab, OverviewTab | SettingsTab>): string {
  return t(`navigation:tab.${tab}`)
}

/** The parts of each view that has some; the first one is there where none is named. */
const tabsOf: Partial<Record<ViewName, readonly Tab[]>> = {
  overview: overviewTabs,
  models: modelTabs,
  earnings: earningsTabs,
  network: networkTabs,
  settings: settingsTabs,
}

/** Where in the window we are. It lives in the location's hash, so that Back works and every place has an address. */
export interface Route {
  readonly view: ViewName
  /** The task whose details are open. */
  readonly task?: { readonly role: TaskRole; readonly taskId: string }
  /** The part of a view that has several; its first one where absent. */
  readonly tab?: Tab
  /** The peer whose details are open in the Network view. */
  readonly peer?: string
  /** The step of the set-up that is open. */
  readonly step?: FirstRunStep
}

/** `#/tasks/executed/0193…`, `#/models/get`, `#/network/peers/12D3…`, `#/overview/first-run/key`; anything unknown is the Overview. */
export function parseRoute(hash: string): Route {
  const [view, part, id] = hash.replace(/^#?\/?/, '').split('/')
  if (!isViewName(view)) return { view: 'overview' }
  const opened = id === undefined || id === '' ? undefined : decodeURIComponent(id)
  if (view === 'tasks' && (part === 'executed' || part === 'requested') && opened !== undefined) {
    return { view, task: { role: part, taskId: opened } }
  }
  const step = firstRunSteps.find((known) => known === opened)
  const tab = tabsOf[view]?.find((known) => known === part)
  return {
    view,
    ...(tab !== undefined && tab !== tabsOf[view]?.[0] && { tab }),
    ...(tab === 'first-run' && step !== undefined && { step }),
    ...(view === 'network' && tab !== undefined && opened !== undefined && { peer: opened }),
  }
}

export function routeHash(route: Route): string {
  const { view, task, tab, peer, step } = route
  if (task !== undefined) return `#/${view}/${task.role}/${encodeURIComponent(task.taskId)}`
  const first = tabsOf[view]?.[0]
  if (peer !== undefined) return `#/${view}/${tab ?? first}/${encodeURIComponent(peer)}`
  if (step !== undefined) return `#/${view}/first-run/${step}`
  return tab === undefined || tab === first ? `#/${view}` : `#/${view}/${tab}`
}

/** Where a person mends what a check found. */
export function placeRoute(place: HealthPlace): Route {
  return parseRoute(place)
}

function isViewName(text: string | undefined): text is ViewName {
  return (viewNames as readonly (string | undefined)[]).includes(text)
}
