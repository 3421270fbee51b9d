import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** The app as a package installed it, and the ordinary user who starts it. */
export interface InstalledApp {
  readonly program: string
  readonly user: {
    readonly uid: number
    readonly gid: number
    readonly home: string
    readonly env: Readonly<Record<string, string>>
  }
}

/** What the package test says of them; undefined where the app of this clone is tested. */
export function installedApp(env: NodeJS.ProcessEnv = process.env): InstalledApp | undefined {
  const { DRIAD_INSTALLED_APP: program, DRIAD_TEST_USER: user } = env
  if (program === undefined) return undefined
  if (user === undefined)
    throw new Error('DRIAD_INSTALLED_APP needs DRIAD_TEST_USER, as the package test sets it')
  return { program, user: JSON.parse(user) as InstalledApp['user'] }
}

/** Gives what tests made, as root, to the user who starts the app; nothing to do where that is the same. */
export function giveToAppUser(path: string): void {
  const app = installedApp()
  if (app === undefined || !existsSync(path)) return
  execFileSync('chown', ['--recursive', `${app.user.uid}:${app.user.gid}`, path])
}
