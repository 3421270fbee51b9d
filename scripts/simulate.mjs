#!/usr/bin/env node
// `npm run simulate -- --nodes 1000 --tasks 100000`: the market of the network in virtual time; see docs/simulation.md.
// `--save FILE` keeps the result, and `--report FILE`, once for each size, makes that page out of what was kept.
import { ensureDependencies } from './setup/dependencies.mjs'
import { foreground } from './setup/foreground.mjs'
import { newerNode } from './setup/node-version.mjs'
import { inRoot } from './setup/paths.mjs'
import { runMain } from './setup/step.mjs'

await runMain(async () => {
  await ensureDependencies()
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning']
  return foreground(newerNode(), [...flags, inRoot('test', 'simulate', 'main.ts'), ...process.argv.slice(2)])
})
