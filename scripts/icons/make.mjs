#!/usr/bin/env node
// Renders every icon of the app out of its drawings: `node scripts/icons/make.mjs`. The results are committed, so only who
// changes a drawing needs to run it.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { ensureDependencies } from '../setup/dependencies.mjs'
import { sandboxFlags } from '../setup/display.mjs'
import { ensureElectron } from '../setup/electron.mjs'
import { inRoot } from '../setup/paths.mjs'
import { runMain } from '../setup/step.mjs'
import { ensureSystemLibraries } from '../setup/system-libraries.mjs'
import { withDisplay } from '../setup/virtual-display.mjs'
import { icns, ico } from './containers.mjs'
import { trayStates, traySvg } from './tray.mjs'

const appSvg = readFileSync(inRoot('build', 'icon.svg'), 'utf8')
const linuxSizes = [16, 24, 32, 48, 64, 128, 256, 512]
const windowsSizes = [16, 24, 32, 48, 64, 256]
const macSizes = [32, 64, 128, 256, 512]
/** Tray icons: 16 points on Windows and macOS, 24 on Linux desktops, each for the usual screen scales. */
const traySizes = { '': 16, '@1.5x': 24, '@2x': 32, '-24': 24, '-24@2x': 48 }

await runMain(async () => {
  await ensureDependencies()
  const electron = await ensureElectron()
  await ensureSystemLibraries({ virtualDisplay: true })

  const appSizes = [...new Set([...linuxSizes, ...windowsSizes, ...macSizes])]
  const trayJobs = trayStates.flatMap((state) =>
    Object.entries(traySizes).map(([suffix, size]) => ({
      svg: traySvg(state),
      size,
      file: `${state}${suffix}.png`,
    })),
  )
  const jobs = [...appSizes.map((size) => ({ svg: appSvg, size })), ...trayJobs]
  const pngs = await withDisplay((env) => render(electron, jobs, env))
  const pngOf = new Map(appSizes.map((size, index) => [size, /** @type {Buffer} */ (pngs[index])]))
  const pictures = (/** @type {number[]} */ sizes) =>
    sizes.map((size) => ({ size, png: /** @type {Buffer} */ (pngOf.get(size)) }))

  mkdirSync(inRoot('build', 'icons'), { recursive: true })
  mkdirSync(inRoot('resources', 'tray'), { recursive: true })
  for (const { size, png } of pictures(linuxSizes))
    writeFileSync(inRoot('build', 'icons', `${size}x${size}.png`), png)
  writeFileSync(inRoot('build', 'icon.ico'), ico(pictures(windowsSizes)))
  writeFileSync(inRoot('build', 'icon.icns'), icns(pictures(macSizes)))
  writeFileSync(inRoot('resources', 'icon.png'), /** @type {Buffer} */ (pngOf.get(256)))
  trayJobs.forEach(({ file }, index) => {
    writeFileSync(inRoot('resources', 'tray', file), /** @type {Buffer} */ (pngs[appSizes.length + index]))
  })
  return 0
})

/**
 * @param {import('../setup/electron.mjs').Electron} electron
 * @param {{ svg: string, size: number }[]} jobs
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Buffer[]>}
 */
async function render(electron, jobs, env) {
  const script = inRoot('scripts', 'icons', 'renderer-main.mjs')
  const args = [...sandboxFlags(electron), script]
  const child = spawn(electron.binary, args, { env, stdio: ['pipe', 'pipe', 'ignore'], timeout: 60_000 })
  child.stdin.end(JSON.stringify(jobs.map(({ svg, size }) => ({ svg, size }))))
  const answer = /PICTURES (.*)/.exec(await text(child.stdout))
  if (answer?.[1] === undefined) throw new Error('Electron drew no pictures')
  return /** @type {string[]} */ (JSON.parse(answer[1])).map((base64) => Buffer.from(base64, 'base64'))
}
