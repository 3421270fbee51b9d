#!/usr/bin/env node
// `npm run fuzz`: looks for inputs that break a decoder, led by coverage. `npm run fuzz -- gguf --seconds 60` fuzzes one target;
// `--seed N` repeats a run, `--keep` adds what reached new code to test/fuzz/corpus. What was found is kept there in any case.
import { ensureDependencies } from './setup/dependencies.mjs'
import { foreground } from './setup/foreground.mjs'
import { newerNode } from './setup/node-version.mjs'
import { inRoot, root } from './setup/paths.mjs'
import { runMain } from './setup/step.mjs'

await runMain(async () => {
  await ensureDependencies()
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning']
  return foreground(newerNode(), [...flags, inRoot('test', 'fuzz', 'main.ts'), ...process.argv.slice(2)], {
    cwd: root,
  })
})
