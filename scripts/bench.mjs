// `npm run bench`: the engine called directly, through the node, and over libp2p, side by side in one run;
// before that the workflow engine without a model, and at last llama.cpp's own server beside it. `npm run bench -- workflow` runs one part.
import { ensureBuild } from './setup/build.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { foreground } from './setup/foreground.mjs'
import { ensureLlamaServer } from './setup/llama-server.mjs'
import { newerNode } from './setup/node-version.mjs'
import { inRoot, root } from './setup/paths.mjs'
import { runMain } from './setup/step.mjs'

await runMain(async () => {
  await ensureDependencies()
  await ensureBuild()
  const asked = process.argv.slice(2)
  const server = asked.length === 0 || asked.includes('server') ? await ensureLlamaServer() : undefined
  return foreground(
    newerNode(),
    [
      '--experimental-transform-types',
      '--disable-warning=ExperimentalWarning',
      inRoot('test', 'bench', 'main.ts'),
      ...asked,
    ],
    { cwd: root, env: { ...process.env, DRIAD_LLAMA_SERVER: server ?? '' } },
  )
})
