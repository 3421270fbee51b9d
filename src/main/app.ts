import { join } from 'node:path'
import { app, type BrowserWindow, dialog, nativeTheme, powerMonitor, session } from 'electron'
import { WorkflowFiles } from '../api/workflow-files.ts'
import { closestLanguage, speak } from '../locales/translate.ts'
import { type ComputeNode, createComputeNode } from '../node/compute-node.ts'
import { openDataFolder } from '../node/data-folder.ts'
import type { Logger } from '../node/logs/contract.ts'
import { createLogger } from '../node/logs/create-logger.ts'
import type { SettingValues } from '../node/settings/schema.ts'
import { DriadError } from '../protocol/errors.ts'
import { desktopReaders, onDesktopChange } from './desktop-readers.ts'
import { parseAppFlags } from './flags.ts'
import { serveApi } from './ipc.ts'
import { registerPageScheme, servePage } from './page-protocol.ts'
import { electronShell } from './shell.ts'
import { applyStartAtLogin, wasStartedHidden } from './start-at-login.ts'
import { createStatusTray } from './tray.ts'
import { trayExplainer } from './tray-explainer.ts'
import { utilityChildLauncher } from './utility-child.ts'
import { systemVault } from './vault.ts'
import { createMainWindow, isFromWindow, lockDownPages, preloadPath } from './window.ts'

/** Longest that quitting waits for tasks to end before it leaves them to the next start. */
const QUIT_DRAIN_MS = 5_000

/** The desktop app: one node, one window, one tray. Must be called before Electron is ready. */
export function runApp(argv: readonly string[]): void {
  const flags = parseAppFlags(argv)
  const folder = openDataFolder(flags.dataDir)
  // Chromium's own files stay below the data folder, and the single-instance lock is the folder's.
  app.setPath('userData', join(folder.path, 'window'))
  // As root, in development, Chromium refuses its sandbox; set-up passes the switch then, and packages never do.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox()
  registerPageScheme()
  if (!app.requestSingleInstanceLock()) {
    app.quit() // the running instance shows its window
    return
  }
  const logs = createLogger({
    level: flags.logLevel,
    destinations: { stderr: 'pretty', folder: folder.logsFolder },
  })
  const logger = logs.logger.scope('app')
  app
    .whenReady()
    .then(() => openApp({ flags, folder, logs }))
    .catch((cause: unknown) => {
      const error = DriadError.from(cause)
      logger.error('Driad could not start', { error })
      dialog.showErrorBox('Driad could not start', error.message)
      app.exit(1)
    })
}

interface AppParts {
  readonly flags: ReturnType<typeof parseAppFlags>
  readonly folder: ReturnType<typeof openDataFolder>
  readonly logs: ReturnType<typeof createLogger>
}

async function openApp({ flags, folder, logs }: AppParts): Promise<void> {
  const logger = logs.logger.scope('app')
  const resources = resourcesFolder()
  const node = await createComputeNode(
    {
      folder,
      builtInModelPath: join(resources, 'models', 'demo-1m.gguf'),
      overrides: {
        network: flags.network,
        listen: flags.listen,
        bootstrap: flags.bootstrap,
        mdns: flags.mdns,
      },
    },
    {
      logger: logs.logger,
      history: logs.history,
      // In a clone, `bin/driad` uses the same data folder, and could not open a key that only the app can unseal.
      ...(app.isPackaged && { vault: systemVault() }),
      resolveSystemProxy: (url) => session.defaultSession.resolveProxy(url),
      signalReaders: desktopReaders(),
      launchInference: utilityChildLauncher({
        entry: join(app.getAppPath(), 'out', 'main', 'inference-child.js'),
        logger: logs.logger.scope('inference'),
      }),
    },
  )

  let window: BrowserWindow | undefined
  let quitting = false
  const showWindow = () => {
    if (window === undefined || window.isDestroyed()) window = openWindow()
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }
  const pageSession = session.defaultSession
  lockDownPages(pageSession)
  servePage(pageSession, join(app.getAppPath(), 'out', 'renderer'))
  let onStopped: (() => Promise<void>) | undefined
  const shell = electronShell(
    folder.path,
    () => window,
    (work) => {
      onStopped = work
      app.relaunch()
      app.quit()
    },
  )
  const stopApi = serveApi({
    context: {
      node,
      shell,
      workflowFiles: new WorkflowFiles({ shell }, { galleryFolder: join(resources, 'workflows') }),
      logger: logs.logger.scope('api'),
    },
    isTrusted: (event) => isFromWindow(event, window),
  })

  const tray = createStatusTray(resources, {
    show: showWindow,
    join: () => runLogged(logger, node.join()),
    leave: () => runLogged(logger, node.leave()),
    pause: (untilMs) => runLogged(logger, node.guest.pause({ untilMs })),
    resume: () => runLogged(logger, node.guest.resume()),
    serveUntil: (untilMs) => runLogged(logger, node.guest.serveUntil(untilMs)),
    beQuiet: (quiet) => runLogged(logger, node.settings.set({ quietMode: quiet ? 'always' : 'off' })),
    quit: () => quitGently(),
  })
  // What runs is finished first; meanwhile tray and window say so.
  const quitGently = () =>
    runLogged(
      logger,
      node.leave().finally(() => app.quit()),
    )
  const hide = trayExplainer({ node, quit: quitGently })
  const openWindow = () =>
    createMainWindow({
      session: pageSession,
      preload: preloadPath(app.getAppPath()),
      icon: join(resources, 'icon.png'),
      // Without a tray nobody would find it again.
      showWhenReady: tray === null || !(flags.hidden || wasStartedHidden(node.settings.get())),
      hideOnClose: () => !quitting && tray !== null && node.settings.get().closeToTray,
      onHide: (closed) => runLogged(logger, hide(closed)),
    })

  const applySettings = (settings: SettingValues) => {
    nativeTheme.themeSource = settings.theme
    const { language } = settings
    runLogged(
      logger,
      speak(closestLanguage(language === 'system' ? app.getPreferredSystemLanguages() : [language])).then(
        () => tray?.update(node.status()),
      ),
    )
    applyStartAtLogin(settings)
  }
  applySettings(node.settings.get())
  node.settings.onChange(applySettings)
  const stopTray = node.onStatus(() => tray?.update(node.status()))
  tray?.update(node.status())

  window = openWindow()
  app.on('second-instance', showWindow)
  app.on('activate', showWindow)
  // Drivers lose GPUs over a sleep.
  powerMonitor.on('resume', () => {
    node.devices
      .probe('resumed')
      .catch((cause: unknown) =>
        logger.warn('The devices could not be probed after the sleep', { error: DriadError.from(cause) }),
      )
  })
  const stopMonitor = onDesktopChange(() => runLogged(logger, node.guest.look()))
  app.on('window-all-closed', () => app.quit())
  app.on('before-quit', (event) => {
    if (quitting) return
    event.preventDefault()
    quitting = true
    stopApi()
    stopMonitor()
    stopTray()
    tray?.destroy()
    void shutDown(node, logger, onStopped)
      .then(logs.close)
      .finally(() => app.exit(0))
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.quit())

  await node.start()
  if (node.settings.get().joinOnStart) runLogged(logger, node.join())
}

async function shutDown(
  node: ComputeNode,
  logger: Logger,
  onStopped: (() => Promise<void>) | undefined,
): Promise<void> {
  try {
    await node.stop({ drainMs: QUIT_DRAIN_MS })
    await onStopped?.()
  } catch (cause) {
    logger.error('The node did not stop cleanly', { error: DriadError.from(cause) })
  }
}

/** For actions that nobody waits for: the node's state shows a failure, the log says why. */
function runLogged(logger: Logger, action: Promise<unknown>): void {
  action.catch((cause: unknown) =>
    logger.warn('An action of the desktop failed', { error: DriadError.from(cause) }),
  )
}

/** Models and icons are real files: llama.cpp maps them into memory, so they cannot live inside the archive. */
function resourcesFolder(): string {
  return app.isPackaged ? join(process.resourcesPath, 'resources') : join(app.getAppPath(), 'resources')
}
