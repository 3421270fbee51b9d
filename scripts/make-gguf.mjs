// `node scripts/make-gguf.mjs out.gguf 135m q8_0`: a model with random weights, for benches and trials without a download.
import { foreground } from './setup/foreground.mjs'
import { newerNode } from './setup/node-version.mjs'
import { inRoot } from './setup/paths.mjs'
import { runMain } from './setup/step.mjs'

await runMain(async () =>
  foreground(newerNode(), [
    '--experimental-transform-types',
    '--disable-warning=ExperimentalWarning',
    inRoot('test', 'helpers', 'make-gguf.program.ts'),
    ...process.argv.slice(2),
  ]),
)
