import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './run.mjs'
import { SetupError } from './setup-error.mjs'
import { say, step } from './step.mjs'

/**
 * What must be on the computer, and the Debian packages that bring it; the first of them that exists is taken
 * (Debian 13 and Ubuntu 24 renamed some for 64-bit times).
 * @typedef {{ library?: string, program?: string, packages: string[] }} Need
 */

/** @type {Need[]} */
const electronNeeds = [
  { library: 'libgtk-3.so.0', packages: ['libgtk-3-0t64', 'libgtk-3-0'] },
  { library: 'libnss3.so', packages: ['libnss3'] },
  { library: 'libasound.so.2', packages: ['libasound2t64', 'libasound2'] },
  { library: 'libgbm.so.1', packages: ['libgbm1'] },
]

/** @type {Need[]} */
const virtualDisplayNeeds = [{ program: 'Xvfb', packages: ['xvfb'] }]

/**
 * A GPU made of the processor, and the loader that finds it: tests of the GPU's path run on it, and say so where it is missing.
 * @type {Need[]}
 */
const softwareGpuNeeds = [
  { library: 'libvulkan.so.1', packages: ['libvulkan1'] },
  { library: 'libvulkan_lvp.so', packages: ['mesa-vulkan-drivers'] },
]

/**
 * Homes behind routers, made of network namespaces: tests of hole punching run in them, and say so where they cannot.
 * @type {Need[]}
 */
const namespaceNeeds = [
  { program: 'ip', packages: ['iproute2'] },
  { program: 'nft', packages: ['nftables'] },
]

/**
 * What a desktop's own system would say to a program: a bus to say it on, input of its user, and properties of windows. Tests of the
 * rules by which a node pauses simulate it, and say so where they cannot.
 * @type {Need[]}
 */
const simulatedComputerNeeds = [
  { program: 'dbus-daemon', packages: ['dbus-daemon', 'dbus'] },
  { program: 'xdotool', packages: ['xdotool'] },
  { program: 'xprop', packages: ['x11-utils'] },
]

const libraryFolders = [
  `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`,
  '/usr/lib64',
  '/usr/lib',
  '/lib64',
  '/lib',
]

const updateTimeoutMs = 3 * 60_000
const installTimeoutMs = 15 * 60_000
const aptOptions = [
  '-o',
  'DPkg::Lock::Timeout=300',
  '-o',
  'Acquire::Retries=2',
  '-o',
  'Acquire::http::Timeout=20',
  '-o',
  'Acquire::https::Timeout=20',
]

/** @param {Need} need */
function isMissing({ library, program }) {
  if (library) return !libraryFolders.some((folder) => existsSync(join(folder, library)))
  return !(process.env['PATH'] ?? '')
    .split(delimiter)
    .some((folder) => existsSync(join(folder, program ?? '')))
}

/**
 * Installs the libraries that Electron needs on Linux, and with `virtualDisplay` what runs it without a screen.
 * Where we may not install, the error has the exact command.
 * @param {{ virtualDisplay?: boolean }} [options]
 */
export async function ensureSystemLibraries({ virtualDisplay = false } = {}) {
  if (process.platform !== 'linux') return
  const needs = virtualDisplay ? [...electronNeeds, ...virtualDisplayNeeds] : electronNeeds
  const missing = needs.filter(isMissing)
  if (missing.length === 0) return
  const names = missing.map(({ library, program }) => library ?? program).join(', ')
  if (!existsSync('/usr/bin/apt-get')) {
    // Other systems keep libraries in other folders, so this is a hint only; Electron says itself what it does not find.
    say(`driad: if the window does not open, install what brings ${names}`)
    return
  }
  if (process.getuid?.() !== 0) {
    const packages = missing.map(debianPackage).join(' ')
    throw new SetupError(
      `Electron needs ${names}. Install them, then run this again:\n  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages}`,
    )
  }
  await step(`installing ${names} with apt-get`, () => install(missing))
  const still = missing.filter(isMissing)
  if (still.length > 0)
    throw new SetupError(
      `apt-get brought no ${still.map(({ library, program }) => library ?? program).join(', ')}`,
    )
}

/** Installs a software GPU for tests where that can be done; they are skipped where it cannot. */
export function offerSoftwareGpu() {
  return offer(softwareGpuNeeds, 'a software GPU', 'the GPU')
}

/** Installs what makes network namespaces and routers in them; tests of them are skipped where that cannot be done. */
export function offerNamespaces() {
  return offer(namespaceNeeds, 'network namespaces', 'hole punching')
}

/** Installs what plays a computer's system to the app; tests of the rules for pauses are skipped where that cannot be done. */
export function offerSimulatedComputer() {
  return offer(simulatedComputerNeeds, 'what simulates a computer', 'the rules for pauses')
}

/** @param {Need[]} needs @param {string} what @param {string} tested */
async function offer(needs, what, tested) {
  if (process.platform !== 'linux') return
  const missing = needs.filter(isMissing)
  if (missing.length === 0 || !existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) return
  try {
    await step(`installing ${what} for tests with apt-get`, () => install(missing))
  } catch (cause) {
    say(`driad: tests of ${tested} are skipped: ${cause instanceof Error ? cause.message : cause}`)
  }
}

/** @param {Need[]} missing */
async function install(missing) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  try {
    await run('apt-get', ['update', '-q', ...aptOptions], { env, timeoutMs: updateTimeoutMs })
  } catch {
    // One list of many that cannot be fetched is a failure to apt-get; the installation tells whether it matters.
  }
  const packages = missing.map(debianPackage)
  await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...aptOptions, ...packages], {
    env,
    timeoutMs: installTimeoutMs,
  })
}

/** @param {Need} need @returns {string} */
function debianPackage({ packages }) {
  const last = /** @type {string} */ (packages.at(-1))
  if (packages.length === 1) return last
  return packages.find((name) => hasCandidate(name)) ?? last
}

/** A name that only another package provides has no candidate. @param {string} name */
function hasCandidate(name) {
  const { stdout } = spawnSync('apt-cache', ['policy', name], {
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...process.env, LC_ALL: 'C' },
  })
  return /Candidate: (?!\(none\))/.test(stdout ?? '')
}
