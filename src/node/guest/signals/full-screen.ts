import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const ASK_TIMEOUT_MS = 2_000
const ACTIVE_WINDOW = '_NET_ACTIVE_WINDOW'

/**
 * Whether the window that has the focus fills the screen, on Linux desktops with X11, programs under XWayland included, by
 * `xprop`. Undefined where there is none, or no window has the focus. Windows of `ownPids` do not count.
 */
export async function fullScreenOnX11(ownPids: ReadonlySet<number>): Promise<boolean | undefined> {
  if (process.platform !== 'linux' || process.env['DISPLAY'] === undefined) return undefined
  const active = activeWindow(await xprop('-root', '-f', ACTIVE_WINDOW, '32x', ' $0\\n', ACTIVE_WINDOW))
  if (active === undefined) return undefined
  const window = await xprop('-id', active, '_NET_WM_STATE', '_NET_WM_PID')
  return isFullScreen(window, ownPids)
}

/** Reads `_NET_ACTIVE_WINDOW 0x3a00007`. Undefined for none. */
export function activeWindow(text: string): string | undefined {
  const id = / (0x[0-9a-f]+)/i.exec(text)?.[1]
  return id === undefined || Number(id) === 0 ? undefined : id
}

export function isFullScreen(text: string, ownPids: ReadonlySet<number>): boolean {
  const pid = Number(/_NET_WM_PID = (\d+)/.exec(text)?.[1] ?? 0)
  return text.includes('_NET_WM_STATE_FULLSCREEN') && !ownPids.has(pid)
}

async function xprop(...args: readonly string[]): Promise<string> {
  // -notype prints `name = value`, in any language.
  const { stdout } = await promisify(execFile)('xprop', ['-notype', ...args], { timeout: ASK_TIMEOUT_MS })
  return stdout
}
