import { type BrowserWindow, dialog } from 'electron'
import type { ComputeNode } from '../node/compute-node.ts'

/**
 * Hides a window that is closed. The first time it says that the node goes on in the tray, and asks whether that is what is
 * wanted; a window that is closed again meanwhile waits for the answer.
 */
export function trayExplainer(parts: {
  readonly node: Pick<ComputeNode, 'settings'>
  readonly quit: () => void
}): (window: BrowserWindow) => Promise<void> {
  const { node, quit } = parts
  let asking: Promise<void> | undefined
  const ask = async (window: BrowserWindow) => {
    const { response } = await dialog.showMessageBox(window, question)
    if (response === 2) return
    await node.settings.set({ trayExplained: true })
    if (response === 1) quit()
    else window.hide()
  }
  return async (window) => {
    if (node.settings.get().trayExplained) {
      window.hide()
      return
    }
    asking ??= ask(window).finally(() => {
      asking = undefined
    })
    await asking
  }
}

const question: Electron.MessageBoxOptions = {
  type: 'info',
  title: 'Driad goes on in the tray',
  message: 'Driad goes on in the tray',
  detail:
    'Closing the window leaves your node on the network. Its icon in the tray shows what it does, pauses it and opens this window again. “Quit and stop earning”, there, ends it. You can change this in the settings.',
  buttons: ['Close the window', 'Quit and stop earning', 'Cancel'],
  defaultId: 0,
  cancelId: 2,
  noLink: true,
}
