import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {{ name: string, uid: number, gid: number, home: string, env: NodeJS.ProcessEnv }} TestUser */

/**
 * Makes an ordinary user, and runs `work` for him; then he is gone with all that he had. Needs root.
 * @template T
 * @param {string} name
 * @param {(user: TestUser) => Promise<T>} work
 */
export async function withUser(name, work) {
  execFileSync('useradd', ['--create-home', '--shell', '/bin/sh', name])
  try {
    const [, , uid, gid, , home = ''] = execFileSync('getent', ['passwd', name], { encoding: 'utf8' }).split(
      ':',
    )
    const runtimeDir = join(home, 'run')
    mkdirSync(runtimeDir, { mode: 0o700 })
    execFileSync('chown', [`${name}:`, runtimeDir])
    const env = {
      HOME: home,
      USER: name,
      LOGNAME: name,
      PATH: '/usr/bin:/bin',
      LANG: 'C.UTF-8',
      XDG_RUNTIME_DIR: runtimeDir,
    }
    return await work({ name, uid: Number(uid), gid: Number(gid), home, env })
  } finally {
    for (const { pid } of processesOf(name)) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has just ended.
      }
    }
    execFileSync('userdel', ['--remove', '--force', name], { stdio: 'ignore' })
  }
}

/** What runs in a user's name. @param {string} name @returns {{ pid: number, command: string[], status: string }[]} */
export function processesOf(name) {
  const uid = execFileSync('id', ['-u', name], { encoding: 'utf8' }).trim()
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && existsSync(join('/proc', entry, 'status')))
    .flatMap((entry) => {
      try {
        const status = readFileSync(join('/proc', entry, 'status'), 'utf8')
        if (!new RegExp(`^Uid:\\t${uid}\\t`, 'm').test(status)) return []
        // Words end with NUL, or, where a process of Chromium has renamed itself, with a space.
        const command = readFileSync(join('/proc', entry, 'cmdline'), 'utf8')
          .split(/[\0 ]/)
          .filter(Boolean)
        return [{ pid: Number(entry), command, status }]
      } catch {
        return [] // it ended while we looked
      }
    })
}
