// `npm run screenshots`: the pictures of docs/screenshots, all made anew by the real app beside real nodes and requesters;
// `npm run screenshots -- earnings` only those whose names have that in them. `--out FOLDER` writes elsewhere.
import { ensureBuild } from './setup/build.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { ensureElectron } from './setup/electron.mjs'
import { foreground } from './setup/foreground.mjs'
import { newerNode } from './setup/node-version.mjs'
import { inRoot, root } from './setup/paths.mjs'
import { runMain } from './setup/step.mjs'
import { ensureSystemLibraries } from './setup/system-libraries.mjs'
import { withDisplay } from './setup/virtual-display.mjs'

await runMain(async () => {
  await ensureDependencies()
  const electron = await ensureElectron()
  await ensureSystemLibraries({ virtualDisplay: true })
  await ensureBuild()
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning']
  const program = inRoot('test', 'screenshots', 'main.ts')
  return withDisplay((display) =>
    foreground(newerNode(), [...flags, program, ...process.argv.slice(2)], {
      cwd: root,
      env: { ...process.env, ...display, ELECTRON_EXEC_PATH: electron.binary },
    }),
  )
})
