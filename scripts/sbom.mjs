#!/usr/bin/env node
// `npm run sbom`: dist/sbom.cdx.json, the CycloneDX bill of materials of a release: what its packages hold (`required`), and what they
// were made and tested with (`excluded`). Needs a build; checked against the schema of CycloneDX.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { shippedPackages } from './package/shipped-packages.mjs'
import { ensureBuild } from './setup/build.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { newerNode, rerunUnderNewerNode } from './setup/node-version.mjs'
import { inRoot, root } from './setup/paths.mjs'
import { run } from './setup/run.mjs'
import { SetupError } from './setup/setup-error.mjs'
import { runMain, say } from './setup/step.mjs'

/** @typedef {{ name: string, group?: string, version?: string, scope?: string, components?: Component[] }} Component */

const timeoutMs = 5 * 60_000
const file = inRoot('dist', 'sbom.cdx.json')

await runMain(async () => {
  await ensureDependencies()
  const code = await rerunUnderNewerNode()
  if (code !== undefined) return code
  await ensureBuild()
  mkdirSync(inRoot('dist'), { recursive: true })
  const tool = inRoot('node_modules', '@cyclonedx', 'cyclonedx-npm', 'bin', 'cyclonedx-npm-cli.js')
  // Not --validate: it is changed below, and checked then. npm finds the other systems' binaries missing, rightly.
  const args = [
    '--spec-version',
    '1.6',
    '--output-format',
    'JSON',
    '--output-reproducible',
    '--ignore-npm-errors',
  ]
  await run(newerNode(), [tool, ...args, '--no-validate', '--output-file', file], { cwd: root, timeoutMs })
  const bom = JSON.parse(readFileSync(file, 'utf8'))
  const shipped = new Set(shippedPackages().map(({ name, version }) => `${name}@${version}`))
  const count = markShipped(bom.components, shipped)
  const text = `${JSON.stringify(bom, null, 2)}\n`
  const problem = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)
  if (problem !== null) throw new SetupError(`the bill of materials is not valid: ${JSON.stringify(problem)}`)
  if (count !== shipped.size)
    throw new SetupError(`${shipped.size} packages are shipped, and ${count} are in the bill of materials`)
  writeFileSync(file, text)
  say(`driad: ${file} names ${count} packages that are shipped`)
  return 0
})

/** Says of each whether it is in the app. @param {Component[]} components @param {Set<string>} shipped @returns {number} */
function markShipped(components, shipped) {
  const seen = new Set()
  const visit = (/** @type {Component} */ component) => {
    const { name, group, version } = component
    const id = `${group === undefined ? name : `${group}/${name}`}@${version}`
    component.scope = shipped.has(id) ? 'required' : 'excluded'
    if (shipped.has(id)) seen.add(id)
    component.components?.forEach(visit)
  }
  components.forEach(visit)
  return seen.size
}
