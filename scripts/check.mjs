#!/usr/bin/env node
// `npm run check`: all that can be said about the code without running it. Every check runs, then those that failed are named.
import { ensureDependencies } from './setup/dependencies.mjs'
import { foreground } from './setup/foreground.mjs'
import { rerunUnderNewerNode } from './setup/node-version.mjs'
import { inRoot, root } from './setup/paths.mjs'
import { runMain, say, seconds } from './setup/step.mjs'

const bin = (/** @type {string} */ name) => inRoot('node_modules', '.bin', name)
const script = (/** @type {string} */ name) => inRoot('scripts', name)

const colors = `--colors=${process.stdout.isTTY ? 'force' : 'off'}`

/** @type {[name: string, command: string, args: string[]][]} */
const checks = [
  ['format and lint (biome)', bin('biome'), ['ci', '--error-on-warnings', colors, '.']],
  ['lint with types (oxlint)', bin('oxlint'), ['--deny-warnings']],
  ['types (tsc)', bin('tsc'), ['-p', '.']],
  ['types of the scripts', bin('tsc'), ['-p', 'scripts']],
  ['layers', process.execPath, [script('checks/layers.mjs')]],
  ['dead code (knip)', bin('knip'), ['--no-progress', '--treat-config-hints-as-errors']],
  ['words in every language', process.execPath, [script('checks/words.mjs')]],
  ['generated files', process.execPath, [script('generate.mjs'), '--check']],
  ['lock file', process.execPath, [script('patch-lock.mjs'), '--check']],
]

await runMain(async () => {
  await ensureDependencies()
  const code = await rerunUnderNewerNode()
  if (code !== undefined) return code
  const failed = []
  for (const [name, command, args] of checks) {
    say(`\n── ${name}`)
    const startedAt = performance.now()
    const exitCode = await foreground(command, args, { cwd: root })
    say(`   ${exitCode === 0 ? 'fine' : 'FAILED'}, ${seconds(performance.now() - startedAt)}`)
    if (exitCode !== 0) failed.push(name)
  }
  say(failed.length === 0 ? '\nAll checks passed.' : `\nFailed: ${failed.join(', ')}`)
  return failed.length === 0 ? 0 : 1
})
