import { join } from 'node:path'
import { Menu, nativeImage, Tray } from 'electron'
import type { NodePhase, NodeStatusView } from '../protocol/views.ts'
import { stateLines, type TrayActions, trayMenu } from './tray-menu.ts'

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
      const menu = trayMenu(status, actions)
      const key = JSON.stringify([status.phase, menu])
      if (key === shown) return // menus flicker when they are replaced
      shown = key
      tray.setImage(image(status.phase))
      tray.setToolTip(`Driad: ${stateLines(status).join('\n')}`)
      tray.setContextMenu(Menu.buildFromTemplate(menu))
    },
    destroy: () => tray.destroy(),
  }
}
