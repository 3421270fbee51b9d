import { cpus, homedir, totalmem } from 'node:os'
import { app, type BrowserWindow, clipboard, dialog, shell } from 'electron'
import type { Shell } from '../api/context.ts'
import { t } from '../locales/translate.ts'
import { DriadError } from '../protocol/errors.ts'
import { lastingArguments } from './opened-files.ts'

/** Ends the app in order, and starts it again as it was started. */
export function restartApp(): void {
  // An AppImage is mounted for one run; its own file starts the next.
  const { APPIMAGE } = process.env
  app.relaunch({
    args: lastingArguments(process.argv.slice(1)),
    ...(APPIMAGE !== undefined && { execPath: APPIMAGE }),
  })
  app.quit()
}

/** The desktop's part of the API. */
export function electronShell(
  dataDir: string,
  window: () => BrowserWindow | undefined,
  parts: Pick<Shell, 'onGoTo' | 'onOpenFiles' | 'restart'>,
): Shell {
  return {
    ...parts,
    pickFile: async ({ purpose, extensions }) => {
      const options: Electron.OpenDialogOptions = {
        title: t(`dialogs:${purpose}`),
        properties: ['openFile'],
        filters: [{ name: extensions.join(', '), extensions: [...extensions] }],
      }
      const parent = window()
      const answer = await (parent === undefined
        ? dialog.showOpenDialog(options)
        : dialog.showOpenDialog(parent, options))
      return answer.filePaths[0] ?? null
    },
    pickFolder: async ({ purpose }) => {
      const options: Electron.OpenDialogOptions = {
        title: t(`dialogs:${purpose}`),
        properties: ['openDirectory'],
      }
      const parent = window()
      const answer = await (parent === undefined
        ? dialog.showOpenDialog(options)
        : dialog.showOpenDialog(parent, options))
      return answer.filePaths[0] ?? null
    },
    pickSaveTarget: async ({ purpose, suggestedName }) => {
      const options = { title: t(`dialogs:${purpose}`), defaultPath: suggestedName }
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
        homeDir: homedir(),
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
