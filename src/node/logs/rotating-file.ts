import { appendFileSync, mkdirSync } from 'node:fs'
import { type FileHandle, open, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { LineSink } from './line-writer.ts'

export interface RotatingFileInit {
  readonly folder: string
  /** Files are `<name>.log`, then `<name>.1.log`… from newer to older. */
  readonly name: string
  readonly maxFileBytes: number
  readonly maxFiles: number
}

/** A log file that is set aside when it is full; the oldest goes. Several processes may append to the same one. */
export class RotatingFile implements LineSink {
  readonly #init: RotatingFileInit
  #file: FileHandle | undefined
  #sizeBytes = 0
  #closed = false

  constructor(init: RotatingFileInit) {
    this.#init = init
  }

  async write(text: string): Promise<void> {
    const bytes = Buffer.from(text)
    let file = await this.#open()
    if (this.#sizeBytes > 0 && this.#sizeBytes + bytes.byteLength > this.#init.maxFileBytes) {
      await this.#rotate(file)
      file = await this.#open()
    }
    await file.appendFile(bytes)
    this.#sizeBytes += bytes.byteLength
  }

  writeSync(text: string): void {
    if (this.#closed) return
    mkdirSync(this.#init.folder, { recursive: true, mode: 0o700 })
    appendFileSync(this.#path(0), text, { mode: 0o600 })
  }

  async close(): Promise<void> {
    this.#closed = true
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  async #open(): Promise<FileHandle> {
    if (this.#file !== undefined) return this.#file
    mkdirSync(this.#init.folder, { recursive: true, mode: 0o700 })
    this.#file = await open(this.#path(0), 'a', 0o600)
    this.#sizeBytes = (await this.#file.stat()).size
    return this.#file
  }

  async #rotate(file: FileHandle): Promise<void> {
    this.#file = undefined
    const ours = await file.stat()
    await file.close()
    const current = await stat(this.#path(0)).catch(() => undefined)
    // Another process has set it aside already: go on with its new one.
    if (current === undefined || current.ino !== ours.ino) return
    for (let age = this.#init.maxFiles - 1; age >= 1; age--) {
      await rename(this.#path(age - 1), this.#path(age)).catch(ignoreMissing)
    }
  }

  #path(age: number): string {
    const { folder, name } = this.#init
    return join(folder, age === 0 ? `${name}.log` : `${name}.${age}.log`)
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
}
