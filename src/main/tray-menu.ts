import type { MenuItemConstructorOptions } from 'electron'
import { pauseReasons, timeToCome } from '../locales/words/pause-words.ts'
import { stateWords } from '../locales/words/phase-words.ts'
import { tomorrowMorning } from '../protocol/guest/pause-times.ts'
import type { GuestView } from '../protocol/guest/pause-views.ts'
import type { NodePhase, NodeStatusView } from '../protocol/views.ts'

const HOUR_MS = 3_600_000

export interface TrayActions {
  readonly show: () => void
  readonly join: () => void
  readonly leave: () => void
  /** Until a unix time, or until resumed. */
  readonly pause: (untilMs?: number) => void
  readonly resume: () => void
  /** In spite of the rules, until a unix time. */
  readonly serveUntil: (untilMs: number) => void
  /** Turns quiet mode on for good, or off. */
  readonly beQuiet: (quiet: boolean) => void
  readonly quit: () => void
}

/** The state, and where it is paused, why. */
export function stateLines({ phase, running, guest }: TrayState): string[] {
  const words = stateWords({ phase, running, guest })
  if (phase === 'paused' && guest.pause !== undefined)
    return [words, sentence(pauseReasons(guest.pause.reasons))]
  if (phase === 'online' && guest.overridden !== undefined)
    return [words, `Not pausing until ${timeToCome(guest.overridden.untilMs, Date.now())}`]
  return [words]
}

export type TrayState = Pick<NodeStatusView, 'phase' | 'running' | 'guest'>

/** The state, its switches, and the window. */
export function trayMenu(status: TrayState, actions: TrayActions): MenuItemConstructorOptions[] {
  return [
    ...stateLines(status).map((label) => ({ label, enabled: false })),
    { type: 'separator' },
    ...switches(status.phase, status.guest, actions),
    { type: 'separator' },
    {
      label: 'Quiet mode',
      type: 'checkbox',
      checked: status.guest.quiet,
      click: () => actions.beQuiet(!status.guest.quiet),
    },
    { label: 'Open Driad', click: actions.show },
    { label: 'Quit and stop earning', click: actions.quit },
  ]
}

function switches(phase: NodePhase, guest: GuestView, actions: TrayActions): MenuItemConstructorOptions[] {
  const leave = { label: 'Leave', click: actions.leave }
  const pauses: MenuItemConstructorOptions = {
    label: 'Pause',
    submenu: [
      { label: 'Until I resume', click: () => actions.pause() },
      { label: 'For an hour', click: () => actions.pause(Date.now() + HOUR_MS) },
      { label: 'Until tomorrow', click: () => actions.pause(tomorrowMorning(Date.now())) },
    ],
  }
  switch (phase) {
    case 'offline':
    case 'failed':
      return [{ label: 'Join', click: actions.join }]
    case 'online': {
      const obey = { label: 'Back to your rules', click: actions.resume }
      return [pauses, ...(guest.overridden === undefined ? [] : [obey]), leave]
    }
    case 'paused': {
      const byOperator = guest.pause?.reasons.some(({ code }) => code === 'operator') ?? false
      const anyway = {
        label: 'Work anyway for an hour',
        click: () => actions.serveUntil(Date.now() + HOUR_MS),
      }
      return [byOperator ? { label: 'Resume', click: actions.resume } : anyway, leave]
    }
    case 'joining':
      return [leave]
    case 'leaving':
      return []
  }
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
