// `npm run bench`: the engine called directly, through the node, and over libp2p, side by side in one run;
// before that the workflow engine without a model. `npm run bench -- workflow` runs one part.
import { ensureBuild } from './setup/build.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { foreground } from './setup/foreground.mjs'
import { newerNode } from './setup/node-version.mjs'
import { inRoot, root } from './setup/paths.mjs'
import { runMain } from './setup/step.mjs'

await runMain(async () => {
  await ensureDependencies()
  await ensureBuild()
  return foreground(
    newerNode(),
    [
      '--experimental-transform-types',
      '--disable-warning=ExperimentalWarning',
      inRoot('test', 'bench', 'main.ts'),
      ...process.argv.slice(2),
    ],
    { cwd: root },
  )
})
