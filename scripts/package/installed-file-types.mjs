import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chownSync, copyFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { inRoot } from '../setup/paths.mjs'

const desktopEntry = '/usr/share/applications/driad-desktop.desktop'
const timeoutMs = 60_000
const model = inRoot('resources', 'models', 'demo-1m.gguf')
const workflow = inRoot('resources', 'workflows', 'ask.json')

/** What tells a system of our files; a desktop has these programs. */
export const desktopPackages = ['desktop-file-utils', 'libglib2.0-bin', 'shared-mime-info', 'xdg-utils']

/**
 * The system must know our files by their names, and our app as the program for them and for our links.
 * @param {import('./test-user.mjs').TestUser} user
 */
export async function testFileTypes(user) {
  const types = /** @type {const} */ ([
    [copyOf(user, model, 'any.gguf'), 'application/x-gguf'],
    [copyOf(user, workflow, 'any.driad.json'), 'application/vnd.driad.workflow+json'],
  ])
  for (const [path, type] of types) {
    // On no desktop xdg-mime would look into the file instead.
    assert.equal(await asUser(user, 'xdg-mime', ['query', 'filetype', path]), type, basename(path))
  }
  for (const type of [
    'application/x-gguf',
    'application/vnd.driad.workflow+json',
    'x-scheme-handler/driad',
  ]) {
    const program = await asUser(user, 'xdg-mime', ['query', 'default', type])
    assert.equal(program, basename(desktopEntry), `what opens ${type}`)
  }
  await asUser(user, 'desktop-file-validate', [desktopEntry])
}

/**
 * Opens files and a link with the app that runs, as a file manager does.
 * @param {import('./test-user.mjs').TestUser} user
 * @param {import('playwright-core').Page} page
 * @param {string | undefined} display
 */
export async function testOpening(user, page, display) {
  const open = (/** @type {string} */ what) =>
    asUser(user, 'gio', ['launch', desktopEntry, what], { DISPLAY: display })
  await open(copyOf(user, model, 'with a space.gguf'))
  await page.getByText('Model added').waitFor()
  await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor()
  await open(copyOf(user, workflow, 'mine.driad.json'))
  await page.getByRole('heading', { level: 1, name: 'Test' }).waitFor()
  await page.getByRole('region', { name: 'Task' }).getByText('mine.driad.json').waitFor()
  await open('driad://tasks')
  await page.getByRole('heading', { level: 1, name: 'Tasks' }).waitFor()
}

/** @param {import('./test-user.mjs').TestUser} user @param {string} source @param {string} name */
function copyOf(user, source, name) {
  const path = join(user.home, name)
  copyFileSync(source, path)
  chownSync(path, user.uid, user.gid)
  return path
}

/**
 * @param {import('./test-user.mjs').TestUser} user
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
async function asUser({ uid, gid, home: cwd, env: own }, program, args, env = {}) {
  const all = { ...own, XDG_CURRENT_DESKTOP: 'GNOME', ...env }
  const { stdout } = await promisify(execFile)(program, args, { uid, gid, cwd, env: all, timeout: timeoutMs })
  return stdout.trim()
}
