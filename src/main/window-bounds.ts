import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { BrowserWindow, Rectangle } from 'electron'
import { z } from 'zod'

const DEFAULT_SIZE = { width: 1280, height: 800 }
export const LEAST_SIZE = { width: 900, height: 600 }
/** Of a window's title that must be on a screen, so that it can be taken hold of. */
const REACHABLE = 48
const SAVE_MS = 500

const boundsSchema = z.object({
  x: z.int(),
  y: z.int(),
  width: z.int().min(LEAST_SIZE.width).max(32_768),
  height: z.int().min(LEAST_SIZE.height).max(32_768),
  maximised: z.boolean(),
})

export interface WindowBounds {
  readonly x?: number
  readonly y?: number
  readonly width: number
  readonly height: number
  readonly maximised: boolean
}

/** Where the window was when it was closed, if that is on one of these screens; else in its usual size, wherever the system puts it. */
export function restoredBounds(text: string | undefined, screens: readonly Rectangle[]): WindowBounds {
  const usual = { ...DEFAULT_SIZE, maximised: false }
  let json: unknown
  try {
    json = text === undefined ? undefined : JSON.parse(text)
  } catch {
    return usual
  }
  const { data } = boundsSchema.safeParse(json)
  if (data === undefined) return usual
  const isReachable = screens.some(
    (screen) =>
      data.x + data.width > screen.x + REACHABLE &&
      data.x < screen.x + screen.width - REACHABLE &&
      data.y >= screen.y &&
      data.y < screen.y + screen.height - REACHABLE,
  )
  return isReachable ? data : { width: data.width, height: data.height, maximised: data.maximised }
}

/** What `keepBounds` wrote; undefined where it wrote nothing that can be read. */
export function readBounds(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Writes down where the window is, a moment after it was moved. What cannot be written is forgotten: it is a convenience. */
export function keepBounds(window: BrowserWindow, path: string): void {
  let timer: NodeJS.Timeout | undefined
  const save = () => {
    clearTimeout(timer)
    if (window.isDestroyed()) return
    // In a full screen the bounds are the screen's.
    const bounds = { ...window.getNormalBounds(), maximised: window.isMaximized() }
    try {
      writeFileSync(`${path}.part`, JSON.stringify(bounds))
      renameSync(`${path}.part`, path)
    } catch {}
  }
  const saveSoon = () => {
    clearTimeout(timer)
    timer = setTimeout(save, SAVE_MS)
  }
  window.on('resize', saveSoon)
  window.on('move', saveSoon)
  window.on('close', save)
}
