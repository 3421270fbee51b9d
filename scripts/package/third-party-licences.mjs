import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { inRoot } from '../setup/paths.mjs'
import { shippedPackages } from './shipped-packages.mjs'

const LICENCE_FILE = /^(licen[cs]e|copying|notice|unlicense)([-._].*)?$/i
const LINE = '-'.repeat(80)

/**
 * Writes one text with the licence of every package of npm whose code is shipped. Electron's and Chromium's are files of their own in
 * the package. Throws for a package that names no licence.
 * @param {string} path
 */
export function writeThirdPartyLicences(path) {
  const packages = shippedPackages()
  const unknown = packages.filter(({ license }) => license === '' || license.includes('unknown'))
  if (unknown.length > 0)
    throw new Error(`these packages name no licence: ${unknown.map(({ name }) => name).join(', ')}`)
  const sections = packages.map(
    ({ name, version, license, folder }) =>
      `${LINE}\n${name} ${version} (${license})\n${LINE}\n\n${textsOf(folder)}`,
  )
  const head = `Driad is made with the following ${packages.length} packages. What is said of each is in its own words.\n`
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${[head, ...sections].join('\n')}\n`)
  return packages.length
}

/** @param {string} folder */
function textsOf(folder) {
  const names = readdirSync(inRoot(folder)).filter((name) => LICENCE_FILE.test(name) && !name.endsWith('.js'))
  const texts = names.map((name) => readFileSync(inRoot(folder, name), 'utf8').trim())
  return texts.length === 0 ? 'The package carries no text of its licence.' : [...new Set(texts)].join('\n\n')
}
