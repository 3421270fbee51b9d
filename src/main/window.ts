import { join } from 'node:path'
import { app, BrowserWindow, type IpcMainEvent, nativeTheme, type Session, screen } from 'electron'
import { PAGE_ORIGIN, PAGE_URL } from './page-protocol.ts'
import { keepBounds, LEAST_SIZE, readBounds, restoredBounds } from './window-bounds.ts'

export interface MainWindowOptions {
  readonly session: Session
  readonly preload: string
  readonly icon: string
  /** The file that says where it was. */
  readonly boundsPath: string
  readonly showWhenReady: boolean
  /** True if closing the window is to hide it; false lets it close. */
  readonly hideOnClose: () => boolean
  /** Called instead of hiding it, then. */
  readonly onHide: (window: BrowserWindow) => void
}

/** The one window: sandboxed, isolated, and unable to go anywhere but to its own page. */
export function createMainWindow(options: MainWindowOptions): BrowserWindow {
  const screens = screen.getAllDisplays().map(({ workArea }) => workArea)
  const { maximised, ...bounds } = restoredBounds(readBounds(options.boundsPath), screens)
  const window = new BrowserWindow({
    ...bounds,
    minWidth: LEAST_SIZE.width,
    minHeight: LEAST_SIZE.height,
    show: false,
    title: 'Driad',
    icon: options.icon,
    autoHideMenuBar: true,
    // The page's own background, so that nothing flashes before its first paint.
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#0e1311' : '#f4f6f4',
    webPreferences: {
      session: options.session,
      preload: options.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  })
  // Earlier it would show a window that is to stay hidden.
  if (maximised) window.once('show', () => window.maximize())
  keepBounds(window, options.boundsPath)
  window.once('ready-to-show', () => {
    if (options.showWhenReady) window.show()
  })
  window.on('close', (event) => {
    if (!options.hideOnClose()) return
    event.preventDefault()
    options.onHide(window)
  })
  void window.loadURL(PAGE_URL)
  return window
}

/** Applies to every page of the program, whoever made it: no navigation, no new windows, no webviews, no permissions. */
export function lockDownPages(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, decide) => decide(false))
  session.setPermissionCheckHandler(() => false)
  app.on('web-contents-created', (_event, contents) => {
    contents.on('will-navigate', (event) => event.preventDefault())
    contents.on('will-redirect', (event) => event.preventDefault())
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  })
}

/** Only the top frame of that window, showing our own page, may talk to the node. */
export function isFromWindow(event: IpcMainEvent, window: BrowserWindow | undefined): boolean {
  const frame = event.senderFrame
  return (
    window !== undefined &&
    !window.isDestroyed() &&
    event.sender === window.webContents &&
    frame !== null &&
    frame === window.webContents.mainFrame &&
    frame.url.startsWith(`${PAGE_ORIGIN}/`)
  )
}

export function preloadPath(appPath: string): string {
  return join(appPath, 'out', 'preload', 'index.cjs')
}
