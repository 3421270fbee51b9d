#!/usr/bin/env node
// `npm run build`: out/ from src/, if src/ has changed.
import { ensureBuild } from './setup/build.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { runMain } from './setup/step.mjs'

await runMain(async () => {
  await ensureDependencies()
  await ensureBuild()
  return 0
})
