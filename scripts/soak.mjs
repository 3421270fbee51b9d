// `npm run soak [-- --minutes 60]`: the packaged app serves tasks of other processes as an ordinary user with the sandbox on, while its
// window is walked through; then it rests, paused. What it uses is written down, and judged. Needs root, and `npm run package` before.
import { existsSync } from 'node:fs'
import { ensureBuild } from './setup/build.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { foreground } from './setup/foreground.mjs'
import { newerNode } from './setup/node-version.mjs'
import { inRoot, root } from './setup/paths.mjs'
import { SetupError } from './setup/setup-error.mjs'
import { runMain } from './setup/step.mjs'
import { ensureSystemLibraries } from './setup/system-libraries.mjs'

await runMain(async () => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new SetupError('the soak makes a user, and looks into processes of his: run it as root, on Linux')
  await ensureDependencies()
  await ensureSystemLibraries({ virtualDisplay: true })
  await ensureBuild()
  if (!process.argv.includes('--program') && !existsSync(inRoot('dist', 'linux-unpacked', 'driad-desktop')))
    throw new SetupError('there is no program in dist/linux-unpacked: run npm run package first')
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning']
  return foreground(newerNode(), [...flags, inRoot('test', 'soak', 'main.ts'), ...process.argv.slice(2)], {
    cwd: root,
    env: process.env,
  })
})
