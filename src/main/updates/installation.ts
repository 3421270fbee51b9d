import { existsSync } from 'node:fs'
import { access, chmod, constants, copyFile, mkdir, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { removeTree, runProgram } from './run-program.ts'

/** What this program was installed as. */
export type InstallationKind = 'archive' | 'appimage' | 'deb' | 'rpm' | 'nsis' | 'mac'

/** An installed program whose previous version can be put back. */
export interface Replaceable {
  /** How it is started, whichever version is in place. */
  readonly executable: string
  /** Whether the previous version is at hand. */
  canPutBack(): boolean
  putBack(): Promise<void>
}

/**
 * A program that we replace ourselves: a folder out of a .tar.gz, or an AppImage. The new version stands beside it before it takes
 * its place, and the previous one after.
 */
export class PlacedInstallation implements Replaceable {
  readonly kind: 'archive' | 'appimage'
  readonly #path: string
  readonly #binary: string

  /** `binary` is the program's name in the folder; an AppImage is its own program. */
  constructor(kind: 'archive' | 'appimage', path: string, binary = '') {
    this.kind = kind
    this.#path = path
    this.#binary = binary
  }

  get executable(): string {
    return this.#executableIn(this.#path)
  }

  get previousExecutable(): string {
    return this.#executableIn(this.#previous)
  }

  /** Whether its files can be replaced by whoever runs it. */
  async isWritable(): Promise<boolean> {
    try {
      await access(dirname(this.#path), constants.W_OK)
      await access(this.#path, constants.W_OK)
      return true
    } catch {
      return false
    }
  }

  /** Puts a downloaded package beside the program. Returns how it is started there. */
  async unpack(file: string, signal: AbortSignal): Promise<string> {
    await removeTree(this.#fresh)
    if (this.kind === 'appimage') {
      await copyFile(file, this.#fresh, constants.COPYFILE_FICLONE)
      await chmod(this.#fresh, 0o755)
    } else {
      await mkdir(this.#fresh)
      await runProgram(
        'tar',
        ['-xzf', file, '--strip-components=1', '--no-same-owner', '-C', this.#fresh],
        signal,
      )
    }
    const executable = this.#executableIn(this.#fresh)
    if (!existsSync(executable)) throw new Error(`${basename(file)} holds no ${basename(executable)}`)
    return executable
  }

  async discard(): Promise<void> {
    await removeTree(this.#fresh)
  }

  /** The unpacked version takes the place of this one, which stays beside it. */
  async swapIn(): Promise<void> {
    await removeTree(this.#previous)
    await rename(this.#path, this.#previous)
    try {
      await rename(this.#fresh, this.#path)
    } catch (cause) {
      await rename(this.#previous, this.#path)
      throw cause
    }
  }

  canPutBack(): boolean {
    return existsSync(this.previousExecutable)
  }

  /** The previous version takes its place again; the other one is gone then. */
  async putBack(): Promise<void> {
    const failed = `${this.#path}.failed`
    await removeTree(failed)
    await rename(this.#path, failed)
    try {
      await rename(this.#previous, this.#path)
    } catch (cause) {
      await rename(failed, this.#path)
      throw cause
    }
    await removeTree(failed)
  }

  get #fresh(): string {
    return `${this.#path}.new`
  }

  get #previous(): string {
    return `${this.#path}.previous`
  }

  #executableIn(path: string): string {
    return this.kind === 'appimage' ? path : join(path, this.#binary)
  }
}

export interface WhereItRuns {
  readonly platform: NodeJS.Platform
  readonly executable: string
  /** The AppImage's file, as its runtime says. */
  readonly appImage: string | undefined
  /** Which package manager of a Linux distribution knows the program as its own. */
  readonly packageManager: 'deb' | 'rpm' | undefined
}

/** What kind of installation that is. */
export function installationKind({ platform, appImage, packageManager }: WhereItRuns): InstallationKind {
  if (platform === 'win32') return 'nsis'
  if (platform === 'darwin') return 'mac'
  if (packageManager !== undefined) return packageManager
  return appImage === undefined ? 'archive' : 'appimage'
}

/** Undefined where the system's own installer replaces the program. */
export function placedInstallation(where: WhereItRuns): PlacedInstallation | undefined {
  const kind = installationKind(where)
  if (kind === 'appimage' && where.appImage !== undefined)
    return new PlacedInstallation(kind, ownPlace(where.appImage))
  if (kind !== 'archive') return undefined
  return new PlacedInstallation(kind, ownPlace(dirname(where.executable)), basename(where.executable))
}

/** The guard of an update runs out of the previous version, which stands beside the place. */
function ownPlace(path: string): string {
  return path.replace(/\.previous$/, '')
}
