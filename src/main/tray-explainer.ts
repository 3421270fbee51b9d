import { type BrowserWindow, dialog } from 'electron'
import { t } from '../locales/translate.ts'
import type { ComputeNode } from '../node/compute-node/compute-node.ts'

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
    const { response } = await dialog.showMessageBox(window, question())
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

function question(): Electron.MessageBoxOptions {
  const title = t('tray:explainer.title')
  return {
    type: 'info',
    title,
    message: title,
    detail: t('tray:explainer.detail'),
    buttons: [t('tray:explainer.close'), t('tray:quit'), t('common:cancel')],
    defaultId: 0,
    cancelId: 2,
    noLink: true,
  }
}
