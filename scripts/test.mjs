#!/usr/bin/env node
// `npm test`: sets up what is missing, builds, and runs every test; `npm test -- unit`, `integration`, `e2e` or a part of a file's
// path runs some. The last line counts them. Screenshots of the end-to-end tests are left in test-results/screenshots.
import { mkdirSync, rmSync } from 'node:fs'
import { ensureBuild } from './setup/build.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { ensureElectron } from './setup/electron.mjs'
import { rerunUnderNewerNode } from './setup/node-version.mjs'
import { inRoot } from './setup/paths.mjs'
import { runMain } from './setup/step.mjs'
import {
  ensureSystemLibraries,
  offerNamespaces,
  offerSimulatedComputer,
  offerSoftwareGpu,
} from './setup/system-libraries.mjs'
import { withDisplay } from './setup/virtual-display.mjs'
import { runVitest } from './test/run-vitest.mjs'

const projects = ['unit', 'integration', 'e2e']
const args = process.argv.slice(2)
const chosen = projects.filter((project) => args.includes(project))
const filters = args.filter((arg) => !projects.includes(arg))
const reportFile = inRoot('test-results', 'vitest.json')

await runMain(async () => {
  await ensureDependencies()
  const code = await rerunUnderNewerNode()
  if (code !== undefined) return code
  const needsElectron = chosen.length === 0 || chosen.includes('e2e')
  const electron = needsElectron ? await ensureElectron() : undefined
  if (needsElectron) {
    await ensureSystemLibraries({ virtualDisplay: true })
    await offerSimulatedComputer()
  }
  if (chosen.length === 0 || chosen.some((project) => project !== 'unit')) await offerSoftwareGpu()
  if (chosen.length === 0 || chosen.includes('integration')) await offerNamespaces()
  await ensureBuild()
  const env = { ...process.env, ...(electron && { ELECTRON_EXEC_PATH: electron.binary }) }
  return needsElectron ? withDisplay((display) => runTests({ ...env, ...display })) : runTests(env)
})

/** @param {NodeJS.ProcessEnv} env */
async function runTests(env) {
  rmSync(inRoot('test-results'), { recursive: true, force: true })
  mkdirSync(inRoot('test-results', 'screenshots'), { recursive: true })
  const { code, passed, failed, skipped } = await runVitest({ projects: chosen, filters, reportFile, env })
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  return code
}
