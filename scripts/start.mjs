#!/usr/bin/env node
// `npm start`: sets up what is missing, builds what has changed, and opens the app; without a display it runs the node alone.
// What follows `npm start --` goes to the app.
import { ensureBuild } from './setup/build.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { hasDisplay, sandboxFlags } from './setup/display.mjs'
import { ensureElectron } from './setup/electron.mjs'
import { foreground } from './setup/foreground.mjs'
import { rerunUnderNewerNode } from './setup/node-version.mjs'
import { inRoot, root } from './setup/paths.mjs'
import { replaceProcess } from './setup/replace-process.mjs'
import { runMain, say } from './setup/step.mjs'
import { ensureSystemLibraries } from './setup/system-libraries.mjs'

const args = process.argv.slice(2)

await runMain(async () => {
  await ensureDependencies()
  if (!hasDisplay()) return startHeadless()
  const electron = await ensureElectron()
  await ensureSystemLibraries()
  await ensureBuild()
  return foreground(electron.binary, [...sandboxFlags(electron), root, ...args])
})

async function startHeadless() {
  const code = await rerunUnderNewerNode()
  if (code !== undefined) return code
  await ensureBuild()
  say(
    'driad: no display here, so the node runs without its window: `driad start`. For the window, run npm start',
  )
  say('       on a desktop, or here with a virtual one: apt-get install xvfb, then xvfb-run -a npm start')
  return replaceProcess(process.execPath, [inRoot('out', 'main', 'driad.js'), 'start', ...args])
}
