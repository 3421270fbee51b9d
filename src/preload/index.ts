import { contextBridge, ipcRenderer, webUtils } from 'electron'

/** The one channel between the window and the node. Its name is repeated in src/main/ipc.ts: a sandboxed preload can import nothing. */
const CHANNEL = 'driad'

/** All that the page can reach: messages of the tRPC link, the paths of files dropped on it, and nothing of Electron. */
const bridge = {
  send(message: unknown): void {
    ipcRenderer.send(CHANNEL, message)
  },
  onMessage(listener: (message: unknown) => void): () => void {
    const handler = (_event: unknown, message: unknown) => listener(message)
    ipcRenderer.on(CHANNEL, handler)
    return () => ipcRenderer.removeListener(CHANNEL, handler)
  },
  /** Where a file is that a person dropped onto the window; empty for what a page made itself. */
  pathOfFile(file: File): string {
    return webUtils.getPathForFile(file)
  },
}
export type DriadBridge = typeof bridge

contextBridge.exposeInMainWorld('driad', bridge)
