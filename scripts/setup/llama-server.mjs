import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { withLock } from './lock.mjs'
import { cacheDir, inRoot } from './paths.mjs'
import { run } from './run.mjs'
import { say, step } from './step.mjs'

const cloneTimeoutMs = 5 * 60_000
/** A laptop with two cores takes ten minutes. */
const buildTimeoutMs = 90 * 60_000

/**
 * llama.cpp's own server, of the release that node-llama-cpp has inside, for benches to compare with: built once per user,
 * out of the source that node-llama-cpp comes with. `DRIAD_LLAMA_SERVER` names another one. Undefined, with the reason
 * said, where it cannot be built.
 */
export async function ensureLlamaServer() {
  const { DRIAD_LLAMA_SERVER: given } = process.env
  if (given) return given
  const missing = ['git', 'cmake', 'c++'].filter((name) => spawnSync(name, ['--version']).status !== 0)
  const source = inRoot('node_modules', 'node-llama-cpp', 'llama')
  const { release } = JSON.parse(readFileSync(join(source, 'binariesGithubRelease.json'), 'utf8'))
  const folder = join(cacheDir(), `llama.cpp-${release}`)
  const server = join(
    folder,
    'build',
    'bin',
    process.platform === 'win32' ? 'llama-server.exe' : 'llama-server',
  )
  if (existsSync(server)) return server
  if (missing.length > 0) {
    say(
      `driad: there is no llama-server to compare with: building it needs ${missing.join(', ')}; or set DRIAD_LLAMA_SERVER`,
    )
    return undefined
  }
  mkdirSync(cacheDir(), { recursive: true })
  await withLock('llama-server', async () => {
    if (existsSync(server)) return
    if (!existsSync(join(folder, 'CMakeLists.txt'))) {
      await step(`unpacking llama.cpp ${release}`, () =>
        run('git', ['clone', '-q', join(source, 'gitRelease.bundle'), folder], { timeoutMs: cloneTimeoutMs }),
      )
    }
    const build = join(folder, 'build')
    const options = ['LLAMA_CURL=OFF', 'LLAMA_BUILD_TESTS=OFF', 'LLAMA_USE_PREBUILT_UI=OFF'].map(
      (option) => `-D${option}`,
    )
    await step(`building its server, which takes minutes, once`, async () => {
      await run('cmake', ['-S', folder, '-B', build, '-DCMAKE_BUILD_TYPE=Release', ...options], {
        timeoutMs: buildTimeoutMs,
      })
      const jobs = String(availableParallelism())
      await run('cmake', ['--build', build, '--config', 'Release', '--target', 'llama-server', '-j', jobs], {
        timeoutMs: buildTimeoutMs,
      })
    })
  })
  return server
}
