#!/usr/bin/env node
// Updates the packaged app, out of the .tar.gz of dist/, from a server on this computer, as an ordinary user with Chromium's sandbox on:
// what is not signed or not for this computer is left alone, a version that fails its smoke test is not installed, one that does not come
// up is rolled back, and a good one takes over with identity, ledger and settings as they were. Needs root for the user.
import assert from 'node:assert/strict'
import { execFile, execFileSync, spawn } from 'node:child_process'
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import Libsql from 'libsql'
import { derivePackage, packFolder, replaceFile } from './package/derive-package.mjs'
import { processesOf, withUser } from './package/test-user.mjs'
import { ensureBuild } from './setup/build.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { rerunUnderNewerNode } from './setup/node-version.mjs'
import { inRoot } from './setup/paths.mjs'
import { SetupError } from './setup/setup-error.mjs'
import { runMain, say, step } from './setup/step.mjs'
import { ensureSystemLibraries } from './setup/system-libraries.mjs'
import { withDisplay } from './setup/virtual-display.mjs'

/** @typedef {import('./package/test-user.mjs').TestUser} TestUser */
/** @typedef {import('playwright-core').Page} Page */

const stepTimeoutMs = 120_000
const updateTimeoutMs = 6 * 60_000
const taskTimeoutMs = 120_000
const lookEveryMs = 100
const network = `update-test-${process.pid}`
const versions = /** @type {const} */ ({ old: '0.1.0', broken: '0.1.1', stillborn: '0.1.2', good: '0.2.0' })

await runMain(async () => {
  if (process.getuid?.() !== 0) throw new SetupError('the update test makes a user: run it as root')
  await ensureDependencies()
  const code = await rerunUnderNewerNode()
  if (code !== undefined) return code
  await ensureSystemLibraries({ virtualDisplay: true })
  await ensureBuild()
  const archive = findArchive()
  const work = mkdtempSync(join(tmpdir(), 'driad-update-test-'))
  const server = await serveFolder(join(work, 'server'))
  try {
    await withUser('driad-update-test', async (user) => {
      const release = await step('deriving four versions out of the package', () =>
        makeVersions(archive, work, server.url, join(user.home, 'Driad')),
      )
      execFileSync('chown', ['-R', `${user.name}:`, join(user.home, 'Driad')])
      await withDisplay((display) => testUpdates({ user, display: display.DISPLAY, release, server }), {
        uid: user.uid,
        gid: user.gid,
      })
    })
  } finally {
    await server.close()
    rmSync(work, { recursive: true, force: true })
  }
  say(
    'driad: the app refuses what is not signed or not fit, comes back from what does not start, and updates itself',
  )
  return 0
})

function findArchive() {
  const name =
    existsSync(inRoot('dist')) && readdirSync(inRoot('dist')).find((file) => file.endsWith('.tar.gz'))
  if (!name) throw new SetupError('there is no .tar.gz in dist/: run npm run package first')
  return inRoot('dist', name)
}

/** @typedef {{ publish: (version: string, flags?: { staging?: number, unsigned?: boolean }) => Promise<void> }} Release */

/**
 * The old version where the user has it, the others packed on the server. Returns how one of them is offered.
 * @param {string} archive @param {string} work @param {string} url @param {string} home @returns {Promise<Release>}
 */
async function makeVersions(archive, work, url, home) {
  const original = join(work, 'original')
  mkdirSync(original)
  execFileSync('tar', ['-xzf', archive, '--strip-components=1', '-C', original])
  assert.ok(
    !existsSync(join(original, 'resources', 'package-type')),
    'the archive says that it is another package',
  )
  const driad = inRoot('bin', 'driad')
  const key = join(work, 'release-key.pem')
  const { stdout } = await promisify(execFile)(driad, ['catalogue', 'key', key, '--json'])
  const updates = { url, keys: [JSON.parse(stdout).publicKey] }
  const wrongKey = join(work, 'wrong-key.pem')
  await promisify(execFile)(driad, ['catalogue', 'key', wrongKey])

  await derivePackage(original, join(work, 'old'), { version: versions.old, updates })
  execFileSync('cp', ['-a', join(work, 'old'), home])

  /** What each of the new ones has wrong. @type {Record<string, ((folder: string) => void) | undefined>} */
  const faults = {
    [versions.broken]: breakModel,
    [versions.stillborn]: breakStart,
    [versions.good]: undefined,
  }
  for (const [version, change] of Object.entries(faults)) {
    const folder = join(work, `driad-${version}`)
    await derivePackage(original, folder, { version, updates, ...(change && { change }) })
    packFolder(folder, join(work, 'server', packageName(version)))
    rmSync(folder, { recursive: true })
  }
  return {
    publish: async (version, { staging, unsigned = false } = {}) => {
      // Made aside: whoever asks meanwhile finds the file of before.
      const fresh = join(work, 'fresh')
      mkdirSync(fresh, { recursive: true })
      const out = join(fresh, 'latest-linux.json')
      const args = ['release', 'describe', join(work, 'server', packageName(version)), '--release', version]
      const flags = ['--out', out, '--key', unsigned ? wrongKey : key]
      const share = staging === undefined ? [] : ['--staging', String(staging)]
      await promisify(execFile)(driad, [...args, ...flags, ...share])
      for (const name of readdirSync(fresh)) renameSync(join(fresh, name), join(work, 'server', name))
    },
  }
}

/** @param {string} version */
function packageName(version) {
  return `driad-${version}-linux-x64.tar.gz`
}

/** As a download that was cut short upstream: the first half of the built-in model. @param {string} folder */
function breakModel(folder) {
  const path = join(folder, 'resources', 'resources', 'models', 'demo-1m.gguf')
  const bytes = readFileSync(path)
  replaceFile(path, bytes.subarray(0, Math.floor(bytes.byteLength / 2)))
}

/** A program that passes its smoke test and dies when it is started for good. @param {string} folder */
function breakStart(folder) {
  const path = join(folder, 'driad-desktop')
  renameSync(path, `${path}-bin`)
  const script = '#!/bin/sh\n[ "$1" = --smoke-test ] || exit 3\nexec "$0-bin" "$@"\n'
  replaceFile(path, script, 0o755)
}

/** @param {string} folder */
async function serveFolder(folder) {
  mkdirSync(folder, { recursive: true })
  /** @type {string[]} */
  const asked = []
  const server = createServer((request, response) => {
    const name = basename(new URL(request.url ?? '/', 'http://localhost').pathname)
    asked.push(name)
    const path = join(folder, name)
    if (!existsSync(path) || name === '') {
      response.writeHead(404).end()
      return
    }
    createReadStream(path).pipe(response)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return {
    url: `http://127.0.0.1:${address.port}/`,
    asked,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/**
 * @typedef {object} Parts
 * @property {TestUser} user
 * @property {string | undefined} display
 * @property {Release} release
 * @property {{ asked: string[] }} server
 */

/** @param {Parts} parts */
async function testUpdates({ user, display, release, server }) {
  const data = join(user.home, '.local', 'share', 'driad')
  start(user, display)
  const before = await step('the old version joins and earns', () =>
    withWindow(data, async (page) => {
      await page.getByRole('button', { name: 'Join', exact: true }).first().click()
      const address = await until('the node to be online', stepTimeoutMs, () => localAddress(data))
      await publishTask(address)
      await waitForVersion(page, versions.old)
      await page.getByRole('radio', { name: 'Light', exact: true }).click({ force: true })
      return until('both to be written', stepTimeoutMs, () => {
        const now = facts(data)
        const isWritten = now.ledger.length > 0 && JSON.stringify(now.settings).includes('light')
        return isWritten ? now : undefined
      })
    }),
  )
  assert.equal(before.ledger.length, 1, 'the task was not written into the ledger')

  await step('the fuses are as they should be', () => checkFuses(join(user.home, 'Driad', 'driad-desktop')))
  await step('a description with a wrong signature is refused', async () => {
    await release.publish(versions.good, { unsigned: true })
    await withWindow(data, (page) => checkForUpdate(page, 'is not signed by'))
  })
  await step('a release that is for no computer yet is not offered', async () => {
    await release.publish(versions.good, { staging: 0 })
    await withWindow(data, (page) => checkForUpdate(page, 'This is the newest version.'))
    assert.ok(!server.asked.includes(packageName(versions.good)), 'it was downloaded all the same')
  })

  await step('a version with a broken model fails its smoke test and is not installed', async () => {
    await release.publish(versions.broken)
    await withWindow(data, async (page) => {
      await checkForUpdate(page, `Driad ${versions.broken} can be installed.`)
      await panel(page).getByRole('button', { name: 'Install now' }).click()
      await panel(page)
        .getByText('It was tried before it was installed, and did not pass.')
        .waitFor({ timeout: updateTimeoutMs })
      assert.deepEqual(facts(data), before, 'something changed')
      await checkForUpdate(page, 'This is the newest version.')
      await panel(page).getByRole('button', { name: 'Understood' }).click()
    })
    assert.ok(localAddress(data), 'the node went off the network for it')
  })

  await step('a version that does not come up is rolled back', async () => {
    await release.publish(versions.stillborn)
    const pid = nodePid(data)
    await withWindow(data, async (page) => {
      await checkForUpdate(page, `Driad ${versions.stillborn} can be installed.`)
      await panel(page).getByRole('button', { name: 'Install now' }).click()
      await until('the app to end', updateTimeoutMs, () => nodePid(data) !== pid || undefined)
    })
    await until('the previous version to be back', updateTimeoutMs, () => localAddress(data))
    await withWindow(data, async (page) => {
      await waitForVersion(page, versions.old)
      await panel(page).getByText('The previous version was put back').waitFor()
      await panel(page).getByText('exit code 3').waitFor()
      assert.deepEqual(facts(data), before, 'the roll-back changed something')
      await checkForUpdate(page, 'This is the newest version.')
    })
  })

  await step('a good version takes over, with all that there was', async () => {
    await release.publish(versions.good)
    await withWindow(data, async (page) => {
      await checkForUpdate(page, `Driad ${versions.good} can be installed.`)
      await panel(page).getByRole('button', { name: 'Install now' }).click()
      await until('the old version to go', updateTimeoutMs, () => (localAddress(data) ? undefined : true))
    })
    await until('the new version to be online', updateTimeoutMs, () => localAddress(data))
    await withWindow(data, async (page) => {
      await waitForVersion(page, versions.good)
      assert.deepEqual(facts(data), before, 'the update changed something')
    })
    await publishTask(localAddress(data) ?? '')
    await until('the guard to end', stepTimeoutMs, () => guards(user).length === 0 || undefined)
    assert.ok(existsSync(join(user.home, 'Driad.previous', 'driad-desktop')), 'the previous version is gone')
    assert.ok(!existsSync(join(user.home, 'Driad.new')), 'what was unpacked is still there')
  })
  const pid = nodePid(data)
  if (pid !== undefined) process.kill(pid, 'SIGTERM')
  await until('the app to end', stepTimeoutMs, () => (nodePid(data) === undefined ? true : undefined))
}

/** https://www.electronjs.org/docs/latest/tutorial/fuses @param {string} binary */
async function checkFuses(binary) {
  const { FuseState, FuseV1Options, getCurrentFuseWire } = await import('@electron/fuses')
  const wire = await getCurrentFuseWire(binary)
  const on = [
    FuseV1Options.EnableCookieEncryption,
    FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
    FuseV1Options.OnlyLoadAppFromAsar,
  ]
  const off = [
    FuseV1Options.RunAsNode,
    FuseV1Options.EnableNodeOptionsEnvironmentVariable,
    FuseV1Options.EnableNodeCliInspectArguments,
    FuseV1Options.LoadBrowserProcessSpecificV8Snapshot,
    FuseV1Options.GrantFileProtocolExtraPrivileges,
  ]
  for (const fuse of on) assert.equal(wire[fuse], FuseState.ENABLE, `${FuseV1Options[fuse]} is off`)
  for (const fuse of off) assert.equal(wire[fuse], FuseState.DISABLE, `${FuseV1Options[fuse]} is on`)
}

/** @param {TestUser} user @param {string | undefined} display */
function start(user, display) {
  const flags = ['--remote-debugging-port=0', '--disable-gpu', '--no-mdns', '--network', network]
  const child = spawn(
    join(user.home, 'Driad', 'driad-desktop'),
    [...flags, '--listen', '/ip4/127.0.0.1/tcp/0'],
    {
      cwd: user.home,
      uid: user.uid,
      gid: user.gid,
      env: { ...user.env, DISPLAY: display },
      stdio: 'ignore',
      detached: true,
    },
  )
  child.unref()
}

/** @param {TestUser} user */
function guards(user) {
  return processesOf(user.name).filter(({ command }) => command.includes('--update-guard'))
}

/**
 * Connects to the window of whichever version runs now.
 * @template T
 * @param {string} data
 * @param {(page: Page) => Promise<T>} work
 */
async function withWindow(data, work) {
  const { chromium } = await import('playwright-core')
  // Chromium writes there where it listens.
  const portFile = join(data, 'window', 'DevToolsActivePort')
  const connect = async () => {
    if (!existsSync(portFile) || nodePid(data) === undefined) return undefined
    const [port] = readFileSync(portFile, 'utf8').split('\n')
    return chromium.connectOverCDP(`http://127.0.0.1:${port}`).catch(() => undefined)
  }
  const browser = await until('the debugging port', stepTimeoutMs, connect)
  try {
    const page = await until('the window', stepTimeoutMs, () => browser.contexts()[0]?.pages()[0])
    page.setDefaultTimeout(stepTimeoutMs)
    return await work(page)
  } finally {
    await browser.close().catch(() => undefined) // only our connection
  }
}

/** @param {Page} page */
function panel(page) {
  return page.getByRole('region', { name: 'Updates' })
}

/** @param {Page} page */
async function openSettings(page) {
  await page.getByRole('link', { name: 'Settings' }).click()
  await panel(page).waitFor()
}

/** @param {Page} page @param {string} version */
async function waitForVersion(page, version) {
  await openSettings(page)
  await panel(page).getByText(`Driad ${version}`, { exact: true }).waitFor()
}

/** @param {Page} page @param {string} answer */
async function checkForUpdate(page, answer) {
  await openSettings(page)
  await panel(page).getByRole('button', { name: 'Check now' }).click()
  await panel(page).getByText(answer).waitFor()
}

/** What an update must not change: who the node is, what it earned, and what was set. @param {string} data */
function facts(data) {
  const database = new Libsql(`${pathToFileURL(join(data, 'driad.sqlite')).href}?mode=ro`)
  try {
    return {
      identity: readFileSync(join(data, 'identity.key')).toString('base64'),
      ledger: database.prepare('SELECT seq, task_id, hash FROM ledger ORDER BY seq').raw(true).all(),
      settings: database.prepare('SELECT key, value_json FROM settings ORDER BY key').raw(true).all(),
    }
  } finally {
    database.close()
  }
}

/** @param {string} data @returns {number | undefined} */
function nodePid(data) {
  try {
    const pid = Number(readFileSync(join(data, 'node.lock'), 'utf8').split(' ')[0])
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined
  }
}

/** @param {string} data @returns {string | undefined} */
function localAddress(data) {
  try {
    /** @type {{ addresses: string[] }} */
    const { addresses } = JSON.parse(readFileSync(join(data, 'node.json'), 'utf8'))
    return addresses.find((address) => address.startsWith('/ip4/127.0.0.1/tcp/'))
  } catch {
    return undefined
  }
}

/** Publishes a prompt from a process of another user, with data of its own. @param {string} address */
async function publishTask(address) {
  const dataDir = mkdtempSync(join(tmpdir(), 'driad-update-test-'))
  try {
    const args = ['publish', '--prompt', 'Hey there!', '--models', 'demo', '--json', '--data-dir', dataDir]
    const where = ['--network', network, '--bootstrap', address, '--no-mdns']
    const { stdout } = await promisify(execFile)(inRoot('bin', 'driad'), [...args, ...where], {
      timeout: taskTimeoutMs,
    })
    const task = JSON.parse(stdout)
    assert.ok(task.receipt, `the task has no receipt: ${stdout}`)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/**
 * @template T
 * @param {string} what
 * @param {number} timeoutMs
 * @param {() => T | undefined | Promise<T | undefined>} look
 * @returns {Promise<T>}
 */
async function until(what, timeoutMs, look) {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(lookEveryMs)) {
    const found = await look()
    if (found !== undefined) return found
  }
  throw new Error(`${what} did not come within ${timeoutMs / 1000} s`)
}
