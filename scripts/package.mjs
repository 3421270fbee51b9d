#!/usr/bin/env node
// `npm run package [-- deb tar.gz] [-- --variant cuda]`: installers in dist/. On its own it builds every kind that this computer
// can: electron-builder downloads the tools for most of them; where it cannot, this system's make what they can.
// DRIAD_UPDATE_URL and DRIAD_UPDATE_KEYS say where the packaged app looks for newer versions: docs/releasing.md.
import { parseArgs } from 'node:util'
import { builderConfig, THIRD_PARTY_LICENCES } from '../electron-builder.config.mjs'
import { replaceTools } from './package/local-tools.mjs'
import { writeThirdPartyLicences } from './package/third-party-licences.mjs'
import { ensureBuild } from './setup/build.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { ensureElectron } from './setup/electron.mjs'
import { rerunUnderNewerNode } from './setup/node-version.mjs'
import { inRoot, root } from './setup/paths.mjs'
import { SetupError } from './setup/setup-error.mjs'
import { runMain, say } from './setup/step.mjs'

const toolsUrl = 'https://github.com/electron-userland/electron-builder-binaries/releases'
const reachTimeoutMs = 5_000

await runMain(async () => {
  await ensureDependencies()
  const code = await rerunUnderNewerNode()
  if (code !== undefined) return code
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { variant: { type: 'string', default: 'default' } },
  })
  if (values.variant !== 'default' && values.variant !== 'cuda') {
    throw new SetupError(`--variant is default or cuda, not ${values.variant}`)
  }
  const electron = await ensureElectron()
  await ensureBuild()
  if (electron.isFallback) {
    say(
      `driad: packaging on Electron ${electron.version}, an old one, for tests; do not publish these packages`,
    )
  }
  writeThirdPartyLicences(inRoot(THIRD_PARTY_LICENCES))
  const { platform, arch } = process
  const config = builderConfig({ platform, arch, variant: values.variant, updates: updateSource(), electron })
  await buildPackages(config, await possibleTargets(positionals.length > 0 ? positionals : undefined))
  return 0
})
// A dependency of electron-builder ends the process with 0 where it is left to end by itself.
process.exit(process.exitCode)

/** What the environment says of it; undefined where it says nothing. */
function updateSource() {
  const { DRIAD_UPDATE_URL: url = '', DRIAD_UPDATE_KEYS: keys = '' } = process.env
  if (url === '' && keys === '') return undefined
  const each = keys.split(',').map((key) => key.trim())
  if (!/^https?:\/\//.test(url)) throw new SetupError(`DRIAD_UPDATE_URL is no web address: ${url}`)
  const wrong = each.find((key) => !/^[A-Za-z0-9+/]{43}=$/.test(key))
  if (wrong !== undefined)
    throw new SetupError(`DRIAD_UPDATE_KEYS are Ed25519 public keys in base64, not ${wrong || 'empty'}`)
  return { url, keys: each }
}

/** @param {string[] | undefined} wanted @returns {Promise<string[] | undefined>} undefined for all that are configured */
async function possibleTargets(wanted) {
  if (await toolsAreReachable()) return wanted
  if (process.platform !== 'linux')
    throw new SetupError(`electron-builder's tools are out of reach: ${toolsUrl}`)
  const targets = await replaceTools(wanted)
  say(`driad: electron-builder's tools are out of reach; with those of this system: ${targets.join(', ')}`)
  return targets
}

async function toolsAreReachable() {
  try {
    const answer = await fetch(toolsUrl, { method: 'HEAD', signal: AbortSignal.timeout(reachTimeoutMs) })
    return answer.ok
  } catch {
    return false
  }
}

/**
 * @param {import('electron-builder').Configuration} config
 * @param {string[] | undefined} targets
 */
async function buildPackages(config, targets) {
  const { build, Platform } = await import('electron-builder')
  const files = await build({
    projectDir: root,
    config,
    targets: Platform.current().createTarget(targets),
    publish: 'never',
  })
  for (const file of files) say(`driad: made ${file}`)
}
