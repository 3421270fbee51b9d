#!/usr/bin/env node
// `npm run conformance`: runs test/conformance/*.json and prints which row of the workflow format they cover.
import { ensureDependencies } from './setup/dependencies.mjs'
import { foreground } from './setup/foreground.mjs'
import { rerunUnderNewerNode } from './setup/node-version.mjs'
import { inRoot, root } from './setup/paths.mjs'
import { runMain } from './setup/step.mjs'

await runMain(async () => {
  await ensureDependencies()
  const code = await rerunUnderNewerNode()
  if (code !== undefined) return code
  const args = ['run', '--project', 'unit', 'test/unit/conformance.test.ts']
  const reporter = ['--reporter', './test/conformance/table-reporter.ts']
  return await foreground(inRoot('node_modules', '.bin', 'vitest'), [...args, ...reporter], { cwd: root })
})
