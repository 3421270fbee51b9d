import { cpus, totalmem } from 'node:os'
import { app, type BrowserWindow, clipboard, dialog, shell } from 'electron'
import type { Shell } from '../api/context.ts'
import { DriadError } from '../protocol/errors.ts'

/** The desktop's part of the API. */
export function electronShell(
  dataDir: string,
  window: () => BrowserWindow | undefined,
  restart: Shell['restart'],
): Shell {
  return {
    restart,
    pickFile: async ({ title, extensions }) => {
      const options: Electron.OpenDialogOptions = {
        title,
        properties: ['openFile'],
        filters: [{ name: extensions.join(', '), extensions: [...extensions] }],
      }
      const parent = window()
      const answer = await (parent === undefined
        ? dialog.showOpenDialog(options)
        : dialog.showOpenDialog(parent, options))
      return answer.filePaths[0] ?? null
    },
    pickFolder: async ({ title }) => {
      const options: Electron.OpenDialogOptions = { title, properties: ['openDirectory'] }
      const parent = window()
      const answer = await (parent === undefined
        ? dialog.showOpenDialog(options)
        : dialog.showOpenDialog(parent, options))
      return answer.filePaths[0] ?? null
    },
    pickSaveTarget: async ({ title, suggestedName }) => {
      const options = { title, defaultPath: suggestedName }
      const parent = window()
      const answer = await (parent === undefined
        ? dialog.showSaveDialog(options)
        : dialog.showSaveDialog(parent, options))
      return answer.canceled || answer.filePath === '' ? null : answer.filePath
    },
    openFolder: async (path) => {
      await shell.openPath(path)
    },
    openLink: async (url) => {
      // Any other scheme could start a program.
      const { protocol, href } = new URL(url)
      if (protocol !== 'https:' && protocol !== 'http:') {
        throw new DriadError('bad_usage', `Only web addresses are opened: ${protocol} is none`)
      }
      await shell.openExternal(href)
    },
    copyText: async (text) => {
      await clipboard.writeText(text)
    },
    appInfo: () => {
      const processors = cpus()
      return {
        version: app.getVersion(),
        dataDir,
        platform: process.platform,
        arch: process.arch,
        cpu: processors[0]?.model.trim() ?? 'unknown',
        cores: processors.length,
        memoryBytes: totalmem(),
        electron: process.versions.electron,
      }
    },
  }
}
