import { existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Replaceable } from './installation.ts'
import { removeTree, runProgram } from './run-program.ts'

/** Where our packages put the program: electron-builder.config.mjs. */
const PACKAGED_PATH = '/opt/Driad/driad-desktop'
const PACKAGE_NAME = 'driad'

/** The package manager that installed the program, by what it has written down; undefined where it was none. */
export function packageManagerOf(executable: string): 'deb' | 'rpm' | undefined {
  if (executable !== PACKAGED_PATH) return undefined
  for (const name of [PACKAGE_NAME, `${PACKAGE_NAME}:amd64`, `${PACKAGE_NAME}:arm64`]) {
    const list = `/var/lib/dpkg/info/${name}.list`
    if (existsSync(list) && readFileSync(list, 'utf8').split('\n').includes(executable)) return 'deb'
  }
  return existsSync('/usr/bin/rpm') && !existsSync('/usr/bin/dpkg') ? 'rpm' : undefined
}

/**
 * A program that the system's package manager installs, as root. The package of the running version is kept, so that it can be
 * installed again, and a .deb is unpacked aside to be tried first.
 */
export class PackageInstallation implements Replaceable {
  readonly kind: 'deb' | 'rpm'
  readonly #folder: string
  readonly executable: string

  /** `folder` is ours; `executable` is where the package puts the program. */
  constructor(kind: 'deb' | 'rpm', { folder, executable }: { folder: string; executable: string }) {
    this.kind = kind
    this.#folder = folder
    this.executable = executable
  }

  /** Returns how the new version is started without being installed; undefined where the package cannot be unpacked. */
  async unpack(file: string, signal: AbortSignal): Promise<string | undefined> {
    if (this.kind !== 'deb') return undefined
    await removeTree(this.#unpacked)
    await mkdir(this.#unpacked, { recursive: true })
    await runProgram('dpkg-deb', ['--extract', file, this.#unpacked], signal)
    const executable = join(this.#unpacked, this.executable)
    return existsSync(executable) ? executable : undefined
  }

  async discard(): Promise<void> {
    await removeTree(this.#unpacked)
  }

  /** Keeps the package that is about to be installed, and the one before it. */
  async keep(file: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    if (existsSync(this.#current)) await rename(this.#current, this.#previousPath)
    await copyFile(file, this.#current)
  }

  /** Whether somebody must be there to give the administrator's password. */
  get needsPassword(): boolean {
    return process.getuid?.() !== 0
  }

  /** Throws where the password is refused, or the package. */
  async install(file: string): Promise<void> {
    const [program = '', ...args] = [...(this.needsPassword ? ['pkexec'] : []), ...this.#installCommand()]
    await runProgram(program, [...args, file])
  }

  /** Not where the previous version was installed by hand: its package was not kept then. */
  canPutBack(): boolean {
    return existsSync(this.#previousPath)
  }

  /** Asks for the administrator's password, where it does not run as root. */
  async putBack(): Promise<void> {
    await this.install(this.#previousPath)
    await rename(this.#previousPath, this.#current)
  }

  /** Both take an older version, too. */
  #installCommand(): readonly string[] {
    if (this.kind === 'rpm') return ['rpm', '--upgrade', '--oldpackage', '--replacepkgs']
    // apt fetches what a newer version needs besides.
    return existsSync('/usr/bin/apt-get')
      ? ['apt-get', 'install', '--yes', '--allow-downgrades', '-o', 'DPkg::Lock::Timeout=300']
      : ['dpkg', '--install']
  }

  get #unpacked(): string {
    return join(this.#folder, 'unpacked')
  }

  get #current(): string {
    return join(this.#folder, `installed.${this.kind}`)
  }

  get #previousPath(): string {
    return join(this.#folder, `previous.${this.kind}`)
  }
}
