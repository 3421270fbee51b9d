// `npm run chaos`: nodes and requesters as real processes, on which SIGKILL, cut connections, lost packets, wrong clocks and a full
// disk are let loose; afterwards their books are compared. `npm run chaos -- --minutes 10 --seed 1 --nodes 3 --requesters 3`.
import { ensureBuild } from './setup/build.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { foreground } from './setup/foreground.mjs'
import { newerNode } from './setup/node-version.mjs'
import { inRoot, root } from './setup/paths.mjs'
import { runMain } from './setup/step.mjs'

await runMain(async () => {
  await ensureDependencies()
  await ensureBuild()
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning']
  return foreground(newerNode(), [...flags, inRoot('test', 'chaos', 'main.ts'), ...process.argv.slice(2)], {
    cwd: root,
    env: process.env,
  })
})
