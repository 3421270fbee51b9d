import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.mjs'
import { newerNode } from './node-version.mjs'
import { inRoot, root } from './paths.mjs'
import { run } from './run.mjs'
import { step } from './step.mjs'

const outDir = inRoot('out')
const stampFile = join(outDir, '.sources')
const inputs = ['src', 'electron.vite.config.ts', 'package.json', 'package-lock.json', 'tsconfig.json']
const timeoutMs = 5 * 60_000

/** Names, sizes and times of all that the build reads: milliseconds to compute, and as good as the contents. */
function fingerprint() {
  const hash = createHash('sha256')
  const visit = (/** @type {string} */ path) => {
    const stat = statSync(inRoot(path), { throwIfNoEntry: false })
    if (stat === undefined) return
    if (stat.isDirectory()) {
      for (const name of readdirSync(inRoot(path)).sort()) visit(join(path, name))
    } else {
      hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`)
    }
  }
  for (const path of inputs) visit(path)
  return hash.digest('hex')
}

/** Whether out/ is what the sources give. A package has no sources, and its out/ is always right. */
export function buildIsCurrent() {
  if (!existsSync(inRoot('src'))) return true
  try {
    return readFileSync(stampFile, 'utf8') === fingerprint()
  } catch {
    return false
  }
}

/** Builds out/ from src/, unless it is up to date. Needs the dependencies installed. */
export async function ensureBuild() {
  if (buildIsCurrent()) return
  await withLock('build', async () => {
    if (buildIsCurrent()) return
    await step('building out/ from src/', build)
  })
}

/** Builds beside out/ and swaps, so that a program running out of out/ never sees half of it. */
async function build() {
  const before = fingerprint()
  const scratch = inRoot('node_modules', '.driad-build')
  const fresh = join(scratch, 'fresh')
  const old = join(scratch, 'old')
  rmSync(scratch, { recursive: true, force: true }) // left by a build that was interrupted
  mkdirSync(fresh, { recursive: true })
  try {
    const electronVite = inRoot('node_modules', 'electron-vite', 'bin', 'electron-vite.js')
    const args = [electronVite, 'build', '--logLevel', 'warn', '--outDir', fresh]
    await run(newerNode(), args, { cwd: root, env: { ...process.env, NO_COLOR: '1' }, timeoutMs })
    writeFileSync(join(fresh, '.sources'), before)
    if (existsSync(outDir)) renameSync(outDir, old)
    renameSync(fresh, outDir)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
