#!/usr/bin/env node
// Installs the .rpm of dist/ with rpm, has an ordinary user work with its command line on no display, installs it over itself as an
// update does, and removes it again. All of it in a copy of this system that is written into memory (an overlay), so that this one has
// nothing of it. Needs root, rpm, and leave to mount.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdtempSync, readdirSync, readlinkSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testCommandLine } from './package/installed-command-line.mjs'
import { desktopPackages, testFileTypes } from './package/installed-file-types.mjs'
import { withUser } from './package/test-user.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { rerunUnderNewerNode } from './setup/node-version.mjs'
import { inRoot, root } from './setup/paths.mjs'
import { run } from './setup/run.mjs'
import { SetupError } from './setup/setup-error.mjs'
import { runMain, say, step } from './setup/step.mjs'
import { ensureSystemLibraries } from './setup/system-libraries.mjs'

const timeoutMs = 20 * 60_000
const installedFolder = '/opt/Driad'
const links = {
  '/usr/bin/driad': '/opt/Driad/resources/bin/driad',
  '/usr/bin/driad-desktop': '/opt/Driad/driad-desktop',
}
/** The copy says so to the script in it. */
const INSIDE = 'DRIAD_RPM_TEST_ROOT'

await runMain(async () => {
  if (process.getuid?.() !== 0) throw new SetupError('the test installs a package: run it as root')
  if (process.env[INSIDE] !== undefined) {
    await testPackage(process.argv[2] ?? '')
    return 0
  }
  await ensureDependencies()
  const code = await rerunUnderNewerNode()
  if (code !== undefined) return code
  if (!existsSync('/usr/bin/rpm')) throw new SetupError("rpm is missing: install the system's package rpm")
  await ensureSystemLibraries({ virtualDisplay: false })
  const name = existsSync(inRoot('dist')) && readdirSync(inRoot('dist')).find((file) => file.endsWith('.rpm'))
  if (!name) throw new SetupError('there is no .rpm in dist/: run npm run package -- rpm first')
  await inCopyOfSystem([process.execPath, inRoot('scripts', 'rpm-test.mjs'), inRoot('dist', name)])
  say('driad: the .rpm installs, its command line works, and an update keeps and a removal takes what is its')
  return 0
})

/** Ends with it: mounts and processes are of a namespace of its own. @param {string[]} command */
async function inCopyOfSystem(command) {
  const place = mkdtempSync(join(tmpdir(), 'driad-rpm-'))
  const mounts = [
    'mount --make-rprivate /',
    'mount -t tmpfs -o size=4g tmpfs "$1"',
    'mkdir "$1/upper" "$1/work" "$1/root"',
    'mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"',
    'mount -t proc proc "$1/root/proc"',
    'mount --rbind /dev "$1/root/dev"',
    'mount --rbind /sys "$1/root/sys"',
    'mount --rbind "$2" "$1/root$2"', // a clone on another file system is not in the copy of this one
    // Unlike chroot it leaves Chromium's sandbox its user namespaces.
    'mkdir "$1/root/before"',
    'cd "$1/root"',
    'pivot_root . before',
    'umount -l /before',
    'shift 2',
    'exec "$@"',
  ]
  try {
    const script = ['set -e', ...mounts].join('\n')
    const args = [
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      'sh',
      '-c',
      script,
      'sh',
      place,
      root,
      ...command,
    ]
    const env = { ...process.env, [INSIDE]: '1' }
    execFileSync('unshare', args, { env, stdio: 'inherit', timeout: timeoutMs })
  } finally {
    rmdirSync(place)
  }
}

/** @param {string} file */
async function testPackage(file) {
  const rpm = (/** @type {string[]} */ ...args) => run('rpm', args, { timeoutMs })
  if (existsSync(installedFolder)) await run('dpkg', ['--purge', 'driad'], { timeoutMs })
  const apt = ['install', '-y', '-q', '--no-install-recommends', ...desktopPackages]
  await run('apt-get', apt, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs })
  // A Debian has its libraries from its own packages: rpm knows of none.
  const here = ['--force-debian', '--nodeps']
  assert.equal(await rpm('--query', '--package', '--queryformat', '%{ARCH}', file), machine())
  await step(`installing ${file}`, () => rpm('--install', ...here, file))
  assertLinks()
  assertUnchanged()
  await withUser('driad-rpm-test', async (user) => {
    await step('the command line works on no display', () => testCommandLine(user))
    await step('the system knows our files', () => testFileTypes(user))
    await step('installing it over itself', () =>
      rpm('--upgrade', ...here, '--replacepkgs', '--oldpackage', file),
    )
    assertLinks()
    assertUnchanged()
    const kept = join(user.home, 'command-line')
    const before = readdirSync(kept).sort()
    // A program of the same name that is none of ours stays.
    execFileSync('ln', ['-sf', '/bin/true', '/usr/bin/driad'])
    await step('removing it', () => rpm('--erase', 'driad'))
    assert.equal(readlinkSync('/usr/bin/driad'), '/bin/true')
    assert.ok(!isThere('/usr/bin/driad-desktop'), '/usr/bin/driad-desktop is still there')
    assert.ok(!existsSync(installedFolder), `${installedFolder} is still there`)
    assert.deepEqual(readdirSync(kept).sort(), before, "removing the package touched the user's data")
  })
}

function assertLinks() {
  for (const [link, target] of Object.entries(links)) assert.equal(readlinkSync(link), target)
}

/** What is there is what the package holds; how the sandbox's helper is started depends on the kernel. */
function assertUnchanged() {
  const { stdout } = spawnSync('rpm', ['--verify', '--nodeps', 'driad'], {
    encoding: 'utf8',
    timeout: timeoutMs,
  })
  const lines = stdout.split('\n').filter((line) => line !== '' && !line.endsWith('/chrome-sandbox'))
  assert.deepEqual(lines, [], 'what is installed is not what the package holds')
}

function machine() {
  return execFileSync('uname', ['-m'], { encoding: 'utf8' }).trim()
}

/** Also a link that leads nowhere. @param {string} path */
function isThere(path) {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
