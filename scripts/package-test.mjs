#!/usr/bin/env node
// Installs the .deb of dist/ on this Debian, starts the app by its menu entry as an ordinary user with Chromium's sandbox on, has it
// serve a task that the installed command line publishes, opens files with it as a file manager does, runs the end-to-end tests of
// package/installed-tests.mjs against it, and removes it again: the user's data stays. Needs root; everything it made is gone at the
// end. `-- sleep` runs those of the tests whose path has that in it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { publishInstalled, testCommandLine } from './package/installed-command-line.mjs'
import { desktopPackages, testFileTypes, testOpening } from './package/installed-file-types.mjs'
import { installedTests } from './package/installed-tests.mjs'
import { processesOf, withUser } from './package/test-user.mjs'
import { ensureBuild } from './setup/build.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { rerunUnderNewerNode } from './setup/node-version.mjs'
import { inRoot } from './setup/paths.mjs'
import { run } from './setup/run.mjs'
import { SetupError } from './setup/setup-error.mjs'
import { runMain, say, step } from './setup/step.mjs'
import { ensureSystemLibraries, offerSimulatedComputer } from './setup/system-libraries.mjs'
import { withDisplay } from './setup/virtual-display.mjs'
import { runVitest } from './test/run-vitest.mjs'

const desktopEntry = '/usr/share/applications/driad-desktop.desktop'
const installedFolder = '/opt/Driad'
const installTimeoutMs = 10 * 60_000
const startTimeoutMs = 60_000
const stepTimeoutMs = 60_000
const lookEveryMs = 100
const network = `package-test-${process.pid}`
const aptEnv = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }

await runMain(async () => {
  if (process.getuid?.() !== 0)
    throw new SetupError('the package test installs and removes a package: run it as root')
  await ensureDependencies()
  const code = await rerunUnderNewerNode()
  if (code !== undefined) return code
  await ensureSystemLibraries({ virtualDisplay: true })
  await offerSimulatedComputer()
  await ensureBuild()
  const deb = findDeb()
  // The package lists may be old, or there may be none.
  await run('apt-get', ['update', '-q'], { env: aptEnv, timeoutMs: installTimeoutMs }).catch(() => undefined)
  await apt('install', ...desktopPackages)
  await step(`installing ${deb}`, () => apt('install', deb))
  try {
    assert.ok(existsSync(desktopEntry), `${desktopEntry} is missing`)
    await withUser('driad-test', async (user) => {
      await step('the command line works on no display', () => testCommandLine(user))
      await step('the system knows our files', () => testFileTypes(user))
      await withDisplay(
        async ({ DISPLAY: display }) => {
          await testInstalled(user, display)
          await runSuite(user, display, menuCommand()[0])
        },
        { uid: user.uid, gid: user.gid },
      )
      const data = join(user.home, '.local', 'share', 'driad')
      const before = readdirSync(data).sort()
      await step('removing the package', () => apt('purge', 'driad'))
      assert.ok(!existsSync(installedFolder), `${installedFolder} is still there`)
      assert.ok(!existsSync(desktopEntry), 'the menu entry is still there')
      assert.deepEqual(readdirSync(data).sort(), before, "removing the package touched the user's data")
      assert.ok(
        before.includes('identity.key') && before.includes('driad.sqlite'),
        `what is in the data folder: ${before}`,
      )
    })
  } finally {
    if (existsSync(installedFolder)) await apt('purge', 'driad')
  }
  say(
    'driad: the package installs, joins, serves a task with the sandbox on, and leaves the data when it goes',
  )
  return 0
})

function findDeb() {
  const name = existsSync(inRoot('dist')) && readdirSync(inRoot('dist')).find((file) => file.endsWith('.deb'))
  if (!name) throw new SetupError('there is no .deb in dist/: run npm run package first')
  return inRoot('dist', name)
}

/** @param {'install' | 'purge'} action @param {string[]} what */
function apt(action, ...what) {
  const options = ['-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300']
  return run('apt-get', [action, ...options, ...what], { env: aptEnv, timeoutMs: installTimeoutMs })
}

/** @param {import('./package/test-user.mjs').TestUser} user @param {string | undefined} display */
async function testInstalled(user, display) {
  const [command = '', ...menuArgs] = menuCommand()
  const { uid, gid } = user
  const flags = [
    '--remote-debugging-port=0',
    '--disable-gpu',
    '--network',
    network,
    '--listen',
    '/ip4/127.0.0.1/tcp/0',
    '--no-mdns',
  ]
  const app = spawn(command, [...menuArgs, ...flags], {
    cwd: user.home,
    uid,
    gid,
    env: { ...user.env, DISPLAY: display },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  app.stderr.setEncoding('utf8').on('data', (text) => {
    log = (log + text).slice(-20_000)
  })
  const ended = once(app, 'close')
  try {
    await step('the installed app joins, serves a task and shows it', () => useApp(user, display, () => log))
    app.kill('SIGTERM')
    const stopped = await Promise.race([ended, sleep(startTimeoutMs, undefined, { ref: false })])
    assert.ok(stopped, 'the app did not end on SIGTERM')
  } catch (cause) {
    say(`what the app said:\n${log}`)
    throw cause
  } finally {
    app.kill('SIGKILL')
  }
}

/** @param {import('./package/test-user.mjs').TestUser} user @param {string | undefined} display @param {string | undefined} program */
async function runSuite(user, display, program) {
  const wanted = process.argv.slice(2)
  const filters = installedTests.filter(
    (path) => wanted.length === 0 || wanted.some((part) => path.includes(part)),
  )
  const env = {
    ...process.env,
    DISPLAY: display,
    DRIAD_INSTALLED_APP: program,
    DRIAD_TEST_USER: JSON.stringify(user),
  }
  const reportFile = join(user.home, 'vitest.json')
  const { code, passed, failed, skipped } = await runVitest({ projects: ['e2e'], filters, reportFile, env })
  say(
    `driad: of the end-to-end tests with the installed app, ${passed} passed, ${failed} failed, ${skipped} skipped`,
  )
  assert.equal(code, 0, 'an end-to-end test failed with the installed app')
}

/** The command of the menu entry, without the field codes that a desktop fills in. */
function menuCommand() {
  const exec = /^Exec=(.*)$/m.exec(readFileSync(desktopEntry, 'utf8'))?.[1] ?? ''
  assert.ok(!exec.includes('--no-sandbox'), `the menu entry turns the sandbox off: ${exec}`)
  return exec
    .split(' ')
    .filter((word) => !word.startsWith('%'))
    .map((word) => word.replaceAll('"', ''))
}

/** @param {import('./package/test-user.mjs').TestUser} user @param {string | undefined} display @param {() => string} log */
async function useApp(user, display, log) {
  const { chromium } = await import('playwright-core')
  const url = await until(
    'the debugging port',
    startTimeoutMs,
    () => /DevTools listening on (ws:\S+)/.exec(log())?.[1],
  )
  const browser = await chromium.connectOverCDP(url)
  try {
    const page = await until('the window', startTimeoutMs, () => browser.contexts()[0]?.pages()[0])
    page.setDefaultTimeout(stepTimeoutMs)
    await page.getByRole('button', { name: 'Join', exact: true }).first().click()
    const nodeFile = join(user.home, '.local', 'share', 'driad', 'node.json')
    const address = await until('the node to be online', stepTimeoutMs, () => localAddress(nodeFile))
    assertSandboxed(user.name)
    const task = await publishInstalled(user, { address, network })
    assert.equal(task.error, undefined, `the task failed: ${JSON.stringify(task)}`)
    assert.ok(task.receipt, `the task has no receipt: ${JSON.stringify(task)}`)
    await page.getByRole('link', { name: 'Tasks' }).click()
    await page
      .getByRole('row', { name: /Hey there/ })
      .first()
      .waitFor()
    await testOpening(user, page, display)
  } finally {
    await browser.close() // only our connection
  }
}

/** @param {string} nodeFile @returns {string | undefined} */
function localAddress(nodeFile) {
  if (!existsSync(nodeFile)) return undefined
  /** @type {{ addresses: string[] }} */
  const { addresses } = JSON.parse(readFileSync(nodeFile, 'utf8'))
  return addresses.find((address) => address.startsWith('/ip4/127.0.0.1/tcp/'))
}

/** The page's process must be under Chromium's system call filter, in a namespace of its own. @param {string} userName */
function assertSandboxed(userName) {
  const running = processesOf(userName)
  const unsafe = running.filter(
    ({ command }) => command.includes('--no-sandbox') && !command.includes('--type=utility'),
  )
  assert.deepEqual(
    unsafe.map(({ command }) => command.join(' ')),
    [],
    'a process runs without the sandbox',
  )
  const pages = running.filter(({ command }) => command.includes('--type=renderer'))
  assert.ok(pages.length > 0, 'no page process was found')
  for (const { status } of pages) assert.match(status, /^Seccomp:\t2$/m, 'a page has no system call filter')
}

/**
 * @template T
 * @param {string} what
 * @param {number} timeoutMs
 * @param {() => T | undefined} look
 * @returns {Promise<T>}
 */
async function until(what, timeoutMs, look) {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(lookEveryMs)) {
    const found = look()
    if (found !== undefined) return found
  }
  throw new Error(`${what} did not come within ${timeoutMs / 1000} s`)
}
