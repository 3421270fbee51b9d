import { join } from 'node:path'
import { Menu, type MenuItemConstructorOptions, nativeImage, Tray } from 'electron'
import { stateWords } from '../protocol/phase-words.ts'
import type { NodePhase, NodeStatusView } from '../protocol/views.ts'

export interface TrayActions {
  readonly show: () => void
  readonly join: () => void
  readonly leave: () => void
  readonly pause: () => void
  readonly resume: () => void
  readonly quit: () => void
}

export interface StatusTray {
  update(status: NodeStatusView): void
  destroy(): void
}

const icons: Readonly<Record<NodePhase, string>> = {
  offline: 'offline',
  joining: 'offline',
  online: 'online',
  paused: 'paused',
  leaving: 'offline',
  failed: 'attention',
}

/** The tray shows the node's state and its switches, in the words of the window. Null where the desktop has no tray. */
export function createStatusTray(resources: string, actions: TrayActions): StatusTray | null {
  const image = (phase: NodePhase) =>
    nativeImage.createFromPath(join(resources, 'tray', `${icons[phase]}.png`))
  let tray: Tray
  try {
    tray = new Tray(image('offline'))
  } catch {
    return null
  }
  tray.on('click', actions.show)
  let shown = ''

  return {
    update(status) {
      const words = stateWords(status)
      const key = `${status.phase} ${words}`
      if (key === shown) return // menus flicker when they are replaced
      shown = key
      tray.setImage(image(status.phase))
      tray.setToolTip(`Driad: ${words}`)
      tray.setContextMenu(Menu.buildFromTemplate(menuFor(status.phase, words, actions)))
    },
    destroy: () => tray.destroy(),
  }
}

function menuFor(phase: NodePhase, words: string, actions: TrayActions): MenuItemConstructorOptions[] {
  const switches: MenuItemConstructorOptions[] = []
  if (phase === 'offline' || phase === 'failed') switches.push({ label: 'Join', click: actions.join })
  if (phase === 'online') switches.push({ label: 'Pause', click: actions.pause })
  if (phase === 'paused') switches.push({ label: 'Resume', click: actions.resume })
  if (phase === 'online' || phase === 'paused' || phase === 'joining') {
    switches.push({ label: 'Leave', click: actions.leave })
  }
  return [
    { label: words, enabled: false },
    { type: 'separator' },
    ...switches,
    { type: 'separator' },
    { label: 'Open Driad', click: actions.show },
    { label: 'Quit and stop earning', click: actions.quit },
  ]
}
