import { execFileSync, spawn, spawnSync } from 'node:child_process'

/** Undefined where the display of the tests shows windows just as programs ask for it; else why it does not. */
export function whyNoPlainDisplay(): string | undefined {
  const asked = spawnSync('xprop', ['-root', '_NET_SUPPORTING_WM_CHECK'], { encoding: 'utf8' })
  if (asked.error !== undefined) return 'xprop is missing (Debian: x11-utils)'
  if (asked.status !== 0) return `there is no X server: ${asked.stderr.trim()}`
  return asked.stdout.includes('window id') ? 'a window manager decides which window is in front' : undefined
}

/** What the display shows, the window in front first: names of top-level windows, without those that are hidden. */
export function shownWindows(): readonly string[] {
  const tree = execFileSync('xwininfo', ['-root', '-children'], { encoding: 'utf8' })
  // A window that is closed meanwhile has no state.
  const state = (id: string) => spawnSync('xwininfo', ['-id', id], { encoding: 'utf8' }).stdout
  return [...tree.matchAll(/^ +(0x[0-9a-f]+) "(.*)": \(/gm)]
    .filter(([, id = '']) => state(id).includes('IsViewable'))
    .map(([, , name = '']) => name)
}

/** Opens a window of another program over all that there are. */
export function coverAll(name: string): Disposable {
  const program = spawn('xev', ['-name', name, '-geometry', '1400x900+0+0'], { stdio: 'ignore' })
  return { [Symbol.dispose]: () => void program.kill('SIGKILL') }
}
