import { type BrowserWindow, dialog } from 'electron'
import type { ComputeNode } from '../node/compute-node.ts'

/** Hides the window. The first time it says that the node goes on in the tray, and asks whether that is what is wanted. */
export async function explainTray(parts: {
  readonly window: BrowserWindow
  readonly node: Pick<ComputeNode, 'settings'>
  readonly quit: () => void
}): Promise<void> {
  const { window, node, quit } = parts
  if (node.settings.get().trayExplained) {
    window.hide()
    return
  }
  const { response } = await dialog.showMessageBox(window, {
    type: 'info',
    title: 'Driad goes on in the tray',
    message: 'Driad goes on in the tray',
    detail:
      'Closing the window leaves your node on the network. Its icon in the tray shows what it does, pauses it and opens this window again. “Quit and stop earning”, there, ends it. You can change this in the settings.',
    buttons: ['Close the window', 'Quit and stop earning', 'Cancel'],
    defaultId: 0,
    cancelId: 2,
    noLink: true,
  })
  if (response === 2) return
  await node.settings.set({ trayExplained: true })
  if (response === 1) quit()
  else window.hide()
}
