import { join } from 'node:path'
import { app, type BrowserWindow, dialog, nativeTheme, powerMonitor, session } from 'electron'
import { WorkflowFiles } from '../api/workflow-files.ts'
import { closestLanguage, speak, t } from '../locales/translate.ts'
import type { ComputeNode } from '../node/compute-node/compute-node.ts'
import { createComputeNode } from '../node/compute-node/create-compute-node.ts'
import { openDataFolder } from '../node/data-folder.ts'
import type { ChildLauncher } from '../node/inference/contract.ts'
import type { Logger } from '../node/logs/contract.ts'
import { createLogger } from '../node/logs/create-logger.ts'
import { followLogLevel } from '../node/settings/follow-log-level.ts'
import type { SettingValues } from '../node/settings/schema.ts'
import { DriadError } from '../protocol/errors.ts'
import { waitingVersion } from '../protocol/update-views.ts'
import { LINK_SCHEME, linkAmong, routeOfLink } from './deep-link.ts'
import { desktopReaders, onDesktopChange } from './desktop-readers.ts'
import { parseAppFlags } from './flags.ts'
import { serveApi } from './ipc.ts'
import { notifyOperator } from './notifications/notify-operator.ts'
import { filesAmong, lastingArguments, openedFiles, requestSome } from './opened-files.ts'
import { registerPageScheme, servePage } from './page-protocol.ts'
import { builtInModelPath, inferenceEntry, resourcesFolder } from './program-files.ts'
import { electronShell, restartApp } from './shell.ts'
import { applyStartAtLogin, wasStartedHidden } from './start-at-login.ts'
import { createStatusTray } from './tray.ts'
import { trayExplainer } from './tray-explainer.ts'
import { openUpdates, replaceable, updateJournal } from './updates/app-updates.ts'
import { openProven } from './updates/first-start.ts'
import { runSmokeTest, runUpdateGuard } from './updates/headless.ts'
import { utilityChildLauncher } from './utility-child.ts'
import { systemVault } from './vault.ts'
import { createMainWindow, isFromWindow, lockDownPages, preloadPath } from './window.ts'
import { WindowRequests } from './window-requests.ts'

/** Longest that quitting waits for tasks to end before it leaves them to the next start. */
const QUIT_DRAIN_MS = 5_000

/** The desktop app: one node, one window, one tray. Must be called before Electron is ready. */
export function runApp(argv: readonly string[]): void {
  const flags = parseAppFlags(argv)
  if (flags.smokeTest !== undefined) {
    runSmokeTest(flags.smokeTest)
    return
  }
  if (flags.updateGuard !== undefined) {
    runUpdateGuard(flags.updateGuard, argv)
    return
  }
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
    ...(flags.logLevel !== undefined && { level: flags.logLevel }),
    destinations: { stderr: 'pretty', folder: folder.logsFolder },
  })
  const logger = logs.logger.scope('app')
  const files = openedFiles()
  requestSome(files, filesAmong(argv, process.cwd()))
  // macOS says it like this, also before the app is ready.
  app.on('open-file', (event, path) => {
    event.preventDefault()
    files.request([path])
  })
  app
    .whenReady()
    .then(() => openApp({ flags, folder, logs, files }))
    .catch(async (cause: unknown) => {
      const error = DriadError.from(cause)
      logger.error('Driad could not start', { error })
      // The setting could not be read, perhaps.
      await speak(closestLanguage(app.getPreferredSystemLanguages())).catch(() => {})
      dialog.showErrorBox(t('tray:notStarted'), error.message)
      app.exit(1)
    })
}

interface AppParts {
  readonly flags: ReturnType<typeof parseAppFlags>
  readonly folder: ReturnType<typeof openDataFolder>
  readonly logs: ReturnType<typeof createLogger>
  /** What the system asked the program to open. */
  readonly files: WindowRequests<readonly string[]>
}

async function openApp({ flags, folder, logs, files }: AppParts): Promise<void> {
  const logger = logs.logger.scope('app')
  const resources = resourcesFolder()
  const launchInference = utilityChildLauncher({
    entry: inferenceEntry(),
    logger: logs.logger.scope('inference'),
  })
  const opened = await openProven({
    open: () => openNode({ flags, folder, logs, files }, launchInference),
    folder,
    journal: updateJournal(folder),
    version: app.getVersion(),
    installation: replaceable(folder),
    builtInModelPath: builtInModelPath(),
    launchInference,
    logger: logs.logger.scope('update'),
    args: process.argv.slice(1),
  })
  if (opened === undefined) {
    await logs.close()
    app.exit(1)
    return
  }
  const { node } = opened

  followLogLevel({ settings: node.settings, logs }, flags.logLevel)

  process.on('uncaughtExceptionMonitor', (error) => node.recovery.fatal(error))
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
  const routes = new WindowRequests<string>((_earlier, later) => later)
  let onStopped: (() => Promise<void>) | undefined
  const shell = electronShell(folder.path, () => window, {
    onGoTo: (listener) => routes.follow(listener),
    onOpenFiles: (listener) => files.follow(listener),
    restart: (work) => {
      onStopped = work
      restartApp()
    },
  })
  const updates = await openUpdates({
    folder,
    node,
    logger: logs.logger.scope('update'),
    isInUse: () => window?.isDestroyed() === false && window.isFocused(),
    args: () => startArguments(window),
    letGo: async () => {
      quitting = true
      endDesktop()
      window?.destroy()
      await node.stop()
      app.releaseSingleInstanceLock()
    },
  })
  const stopApi = serveApi({
    context: {
      node,
      shell,
      updates,
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
      boundsPath: join(folder.path, 'window', 'bounds.json'),
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
  // Its next start mends it. In safe mode the window says so, and its operator decides.
  const stopRecovery = node.recovery.onChange(() => {
    const { damage, safeMode } = node.recovery.view()
    if (damage === null || safeMode !== null || quitting) return
    logger.error('The database is damaged; Driad starts again to mend it', { reason: damage.reason })
    restartApp()
  })
  const stopTray = node.onStatus(() => tray?.update(node.status()))
  tray?.update(node.status())

  window = openWindow()
  const open = (route: string) => {
    routes.request(route)
    showWindow()
  }
  const openLink = (link: string | undefined) => {
    const route = link === undefined ? undefined : routeOfLink(link)
    if (route === undefined) showWindow()
    else open(route)
  }
  // Where the system has a program for each link, a second one hands it over and ends.
  app.on('second-instance', (_event, argv, cwd) => {
    requestSome(files, filesAmong(argv, cwd))
    openLink(linkAmong(argv))
  })
  app.on('open-file', showWindow)
  app.on('open-url', (event, link) => {
    event.preventDefault()
    openLink(link)
  })
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME)
  const firstLink = linkAmong(process.argv)
  if (firstLink !== undefined) openLink(firstLink)
  const tellOfUpdates = () => node.health.tellNewerVersion(waitingVersion(updates.view()))
  tellOfUpdates()
  updates.onChange(tellOfUpdates)
  const stopNotifications = notifyOperator({
    node,
    updates,
    isWatched: () => window?.isFocused() === true,
    open,
    logger: logs.logger.scope('notifications'),
  })
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
  const endDesktop = () => {
    stopApi()
    stopMonitor()
    stopNotifications()
    stopTray()
    stopRecovery()
    tray?.destroy()
  }
  app.on('window-all-closed', () => {
    // Where another version takes over, what remains to be done needs no window.
    if (!quitting) app.quit()
  })
  app.on('before-quit', (event) => {
    if (quitting) return
    event.preventDefault()
    quitting = true
    endDesktop()
    void updates.stop()
    void shutDown(node, logger, onStopped)
      .then(logs.close)
      .finally(() => app.exit(0))
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.quit())

  await node.start()
  if (opened.fit && node.recovery.safeMode === undefined && node.settings.get().joinOnStart)
    runLogged(logger, node.join())
  updates.start()
}

function openNode({ flags, folder, logs }: AppParts, launchInference: ChildLauncher): Promise<ComputeNode> {
  return createComputeNode(
    {
      folder,
      builtInModelPath: builtInModelPath(),
      safeMode: flags.safeMode,
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
      launchInference,
    },
  )
}

/** The program's own arguments, such that its next start shows the window as it is now. */
function startArguments(window: BrowserWindow | undefined): readonly string[] {
  const args = lastingArguments(process.argv.slice(1)).filter((arg) => arg !== '--hidden')
  return window?.isDestroyed() === false && window.isVisible() ? args : [...args, '--hidden']
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
