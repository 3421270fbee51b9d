#!/usr/bin/env node
// `npm run layers`: the rules of .dependency-cruiser.mjs, and then what no part may reach through others. dependency-cruiser's
// own rules of reach count imports of types, which are gone when the program runs; here they are left out.
import { builtinModules } from 'node:module'
import { cruise } from 'dependency-cruiser'
import config from '../../.dependency-cruiser.mjs'
import { root } from '../setup/paths.mjs'

/** @typedef {import('dependency-cruiser').IModule} IModule */

const nodeBuiltIns = new Set(builtinModules)
const isBuiltIn = (/** @type {string} */ path) =>
  nodeBuiltIns.has(path.replace(/^node:/, '')) || path.startsWith('node:')
const isElectron = (/** @type {string} */ path) =>
  path === 'electron' || path.includes('node_modules/electron/')

const neverReaches = [
  {
    from: /^src\/(protocol|locales|node|inference-child|sdk|api|cli)\//,
    isForbidden: isElectron,
    why: 'the core, the SDK and the CLI run without Electron',
  },
  {
    from: /^src\/renderer\//,
    isForbidden: (/** @type {string} */ path) =>
      isBuiltIn(path) || isElectron(path) || /^src\/(?!renderer\/|protocol\/|locales\/)/.test(path),
    why: "the window is sandboxed: nothing of Node, and none of the node's code",
  },
]

process.chdir(root)
const { forbidden, options } = config
const { output } = await cruise(['src'], {
  .../** @type {import('dependency-cruiser').ICruiseOptions} */ (options),
  validate: true,
  ruleSet: /** @type {import('dependency-cruiser').IFlattenedRuleSet} */ ({ forbidden }),
})
if (typeof output === 'string') throw new Error('dependency-cruiser gave a report instead of its findings')

const importsOf = new Map(output.modules.map((module) => [module.source, runtimeImports(module)]))
const problems = [...output.summary.violations.map(describe), ...neverReaches.flatMap(chainsOf)]
for (const problem of problems) console.error(problem)
console.log(`${output.summary.totalCruised} modules, ${problems.length} breaches of the layers`)
process.exitCode = problems.length > 0 || output.summary.totalCruised === 0 ? 1 : 0

/** @param {IModule} module */
function runtimeImports({ dependencies }) {
  return dependencies
    .filter(({ dependencyTypes }) => !dependencyTypes.includes('type-only'))
    .map(({ resolved }) => resolved)
}

/** @param {import('dependency-cruiser').IViolation} violation */
function describe({ rule, from, to, cycle }) {
  return `${rule.name}: ${from} → ${cycle ? cycle.map(({ name }) => name).join(' → ') : to}`
}

/** The shortest way from each file to each thing that it must not reach. @param {(typeof neverReaches)[number]} rule */
function chainsOf({ from, isForbidden, why }) {
  const found = []
  for (const start of importsOf.keys()) {
    if (!from.test(start)) continue
    /** @type {Map<string, string | undefined>} */
    const cameFrom = new Map([[start, undefined]])
    for (const file of cameFrom.keys()) {
      for (const next of importsOf.get(file) ?? []) {
        if (cameFrom.has(next)) continue
        cameFrom.set(next, file)
        if (isForbidden(next)) found.push(`${why}: ${wayTo(next, cameFrom)}`)
      }
    }
  }
  return found
}

/** @param {string} end @param {Map<string, string | undefined>} cameFrom */
function wayTo(end, cameFrom) {
  const way = []
  for (let at = /** @type {string | undefined} */ (end); at !== undefined; at = cameFrom.get(at))
    way.unshift(at)
  return way.join(' → ')
}
