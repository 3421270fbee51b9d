import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const SIZE_MIB = 48

/** A file system of its own for one data folder, which can be filled to the last byte. */
export class SmallDisk implements Disposable {
  readonly #path: string

  private constructor(path: string) {
    this.#path = path
  }

  /** Undefined where this user may not mount one. */
  static mount(path: string): SmallDisk | undefined {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined
    mkdirSync(path, { recursive: true })
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m,mode=0700`, 'tmpfs', path])
    return mounted.status === 0 ? new SmallDisk(path) : undefined
  }

  fill(): void {
    const { bavail, bsize } = statfsSync(this.#path)
    try {
      writeFileSync(this.#filler, Buffer.alloc(Math.max(0, bavail * bsize)))
    } catch {
      // Whoever else writes got the rest; it is full all the same.
    }
  }

  free(): void {
    rmSync(this.#filler, { force: true })
  }

  [Symbol.dispose](): void {
    spawnSync('umount', ['-l', this.#path])
  }

  get #filler(): string {
    return join(this.#path, 'filler.bin')
  }
}
