import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import UPNG from 'upng-js'
import type { RunningApp } from '../helpers/app.ts'
import { until } from '../helpers/driad-process.ts'
import { fileName, type ShotName, sizes, themes } from './shots.ts'

/** Of a palette. With more, files grow and nobody sees a difference: letters, lines and a few tints are all there is. */
const COLOURS = 128

/** Takes pictures of the window in both themes and both sizes. */
export class Camera {
  readonly #folder: string
  readonly #wanted: readonly string[]
  readonly taken: ShotName[] = []

  /** @param wanted parts of names; all pictures are taken where there are none. */
  constructor(folder: string, wanted: readonly string[]) {
    this.#folder = folder
    this.#wanted = wanted
    mkdirSync(folder, { recursive: true })
  }

  wants(shot: ShotName): boolean {
    return this.#wanted.length === 0 || this.#wanted.some((part) => shot.includes(part))
  }

  /** @param settle brings what the picture is of into view, once the window has its size. */
  async take(app: RunningApp, shot: ShotName, settle?: (page: Page) => Promise<void>): Promise<void> {
    if (!this.wants(shot)) return
    const { page } = app
    for (const { width, height, suffix } of sizes) {
      await resize(app, width, height)
      for (const theme of themes) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
        await page.locator(`html[data-mantine-color-scheme=${theme}]`).waitFor()
        // Nothing is pointed at.
        await page.mouse.move(1, 1)
        await settle?.(page)
        await isDrawn(page)
        const png = await page.screenshot({ animations: 'disabled', caret: 'hide', scale: 'css' })
        writeFileSync(join(this.#folder, fileName(shot, theme, suffix)), withPalette(png))
      }
    }
    await resize(app, sizes[0].width, sizes[0].height)
    this.taken.push(shot)
    console.log(shot)
  }
}

async function resize({ electron, page }: RunningApp, width: number, height: number): Promise<void> {
  await electron.evaluate(
    ({ BrowserWindow }, size) => {
      BrowserWindow.getAllWindows()[0]?.setContentSize(size.width, size.height)
    },
    { width, height },
  )
  await until(
    () =>
      page.evaluate((size) => innerWidth === size.width && innerHeight === size.height, { width, height }),
    `a window of ${width} by ${height}`,
  )
}

/** Nothing is being read, every letter has its face, no message lies over the view, and charts have taken the new size. */
async function isDrawn(page: Page): Promise<void> {
  await until(
    async () => (await page.getByRole('status', { name: 'Loading' }).count()) === 0,
    'all to be read',
  )
  await until(
    async () => (await page.locator('.mantine-Notification-root').count()) === 0,
    'messages to go away',
  )
  await page.evaluate(async () => {
    await document.fonts.ready
    for (let frame = 0; frame < 4; frame += 1) await new Promise((drawn) => requestAnimationFrame(drawn))
  })
}

function withPalette(png: Buffer): Buffer {
  const { buffer, byteOffset, byteLength } = new Uint8Array(png)
  const image = UPNG.decode(buffer.slice(byteOffset, byteOffset + byteLength))
  return Buffer.from(UPNG.encode(UPNG.toRGBA8(image), image.width, image.height, COLOURS))
}
