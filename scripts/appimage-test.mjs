#!/usr/bin/env node
// Has an ordinary user start the AppImage of dist/: as the app, in a window with Chromium's sandbox on, and as the command line on no
// display. Needs root to make that user, who is gone at the end.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { installedDriad, testCommandLine } from './package/installed-command-line.mjs'
import { processesOf, withUser } from './package/test-user.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { rerunUnderNewerNode } from './setup/node-version.mjs'
import { inRoot } from './setup/paths.mjs'
import { SetupError } from './setup/setup-error.mjs'
import { runMain, say, step } from './setup/step.mjs'
import { ensureSystemLibraries } from './setup/system-libraries.mjs'
import { withDisplay } from './setup/virtual-display.mjs'

const timeoutMs = 120_000

/** @typedef {import('./package/test-user.mjs').TestUser} TestUser */

await runMain(async () => {
  if (process.getuid?.() !== 0) throw new SetupError('the test makes a user: run it as root')
  await ensureDependencies()
  const code = await rerunUnderNewerNode()
  if (code !== undefined) return code
  await ensureSystemLibraries({ virtualDisplay: true })
  const name =
    existsSync(inRoot('dist')) && readdirSync(inRoot('dist')).find((file) => file.endsWith('.AppImage'))
  if (!name) throw new SetupError('there is no .AppImage in dist/: run npm run package -- AppImage first')
  await withUser('driad-appimage', async (user) => {
    const image = join(user.home, 'Driad.AppImage')
    copyFileSync(inRoot('dist', name), image)
    chownSync(image, user.uid, user.gid)
    // What it unpacks is as large as the program.
    user.env['TMPDIR'] = join(user.home, 'tmp')
    mkdirSync(user.env['TMPDIR'])
    chownSync(user.env['TMPDIR'], user.uid, user.gid)
    await step('it holds what a desktop asks of it', async () => testContents(user, image))
    await step('its command line works on no display', () => testWords(user, image))
    await withDisplay(
      ({ DISPLAY: display }) => step('it shows its window', () => testWindow(user, image, display)),
      { uid: user.uid, gid: user.gid },
    )
    assert.deepEqual(readdirSync(user.env['TMPDIR']), [], 'what was unpacked is still there')
  })
  say('driad: the AppImage starts as the app and as the command line')
  return 0
})

/** @param {TestUser} user @param {string} image */
function testContents({ uid, gid, home: cwd, env }, image) {
  const head = readFileSync(image).subarray(0, 11)
  assert.equal(head.toString('latin1', 8), 'AI\x02', 'its head does not say that it is an AppImage of type 2')
  execFileSync(image, ['--appimage-extract'], { uid, gid, cwd, env, stdio: 'ignore', timeout: timeoutMs })
  const inside = (/** @type {string[]} */ ...path) => join(cwd, 'squashfs-root', ...path)
  const entry = readFileSync(inside('driad-desktop.desktop'), 'utf8')
  assert.match(entry, /^Exec=AppRun %U$/m)
  assert.match(entry, /^MimeType=.*application\/x-gguf;.*x-scheme-handler\/driad;/m)
  assert.match(entry, /^Icon=driad-desktop$/m)
  for (const icon of ['.DirIcon', 'driad-desktop.png']) assert.ok(statSync(inside(icon)).size > 0, icon)
  for (const licence of ['LICENSE', 'NOTICE', 'THIRD-PARTY-LICENSES'])
    assert.ok(statSync(inside('resources', 'licences', licence)).size > 0, licence)
}

/** @param {TestUser} user @param {string} image */
async function testWords(user, image) {
  await testCommandLine(user, { command: [join(user.home, 'squashfs-root', 'resources', 'bin', 'driad')] })
  const command = [image, '--cli']
  const version = await installedDriad(user, ['--version'], { command })
  assert.match(version.stdout, /^\d+\.\d+\.\d+/, JSON.stringify(version))
  assert.equal(version.code, 0)
  const wrong = await installedDriad(user, ['publish', '--no-such-flag'], { command })
  assert.equal(wrong.code, 2, JSON.stringify(wrong))
}

/** @param {TestUser} user @param {string} image @param {string | undefined} display */
async function testWindow({ name, uid, gid, home: cwd, env }, image, display) {
  const { chromium } = await import('playwright-core')
  const flags = ['--remote-debugging-port=0', '--disable-gpu', '--network', 'appimage-test', '--no-mdns']
  const app = spawn(image, flags, {
    cwd,
    uid,
    gid,
    env: { ...env, DISPLAY: display },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(app, 'close')
  try {
    const browser = await chromium.connectOverCDP(await debuggingUrl(app.stderr))
    const [context] = browser.contexts()
    const page = context?.pages()[0] ?? (await context?.waitForEvent('page', { timeout: timeoutMs }))
    await page?.getByRole('navigation').waitFor({ timeout: timeoutMs })
    const commands = processesOf(name).map(({ command }) => command.join(' '))
    assert.ok(
      commands.some((command) => command.includes('--type=renderer')),
      `there is no window: ${commands.join('\n')}`,
    )
    const unsafe = commands.filter(
      (command) => command.includes('--no-sandbox') && !command.includes('--type=utility'),
    )
    assert.deepEqual(unsafe, [], 'a process runs without the sandbox')
    await browser.close() // only our connection
    app.kill('SIGTERM')
    const stopped = await Promise.race([ended, sleep(timeoutMs, undefined, { ref: false })])
    assert.ok(stopped, 'the app did not end on SIGTERM')
  } finally {
    app.kill('SIGKILL')
  }
}

/** @param {import('node:stream').Readable} stderr @returns {Promise<string>} */
function debuggingUrl(stderr) {
  return new Promise((resolve, reject) => {
    let log = ''
    const timer = setTimeout(() => reject(new Error(`the app said only:\n${log}`)), timeoutMs)
    const settle = (/** @type {() => void} */ act) => {
      clearTimeout(timer)
      act()
    }
    stderr.setEncoding('utf8').on('data', (text) => {
      log = (log + text).slice(-20_000)
      const url = /DevTools listening on (ws:\S+)/.exec(log)?.[1]
      if (url !== undefined) settle(() => resolve(url))
    })
    stderr.once('close', () => settle(() => reject(new Error(`the app ended:\n${log}`))))
  })
}
