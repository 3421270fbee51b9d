import { writeSync } from 'node:fs'
import type { Writable } from 'node:stream'
import type { LineSink } from './line-writer.ts'

/** The process's stderr. A reader that went away is no reason to fail: the lines are lost, the node goes on. */
export class StderrSink implements LineSink {
  readonly #stream: Writable & { readonly fd?: number }

  constructor(stream: Writable & { readonly fd?: number } = process.stderr) {
    this.#stream = stream
    stream.on('error', ignore)
  }

  write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(text, (error) => (error ? reject(error) : resolve()))
    })
  }

  writeSync(text: string): void {
    if (this.#stream.fd !== undefined) writeSync(this.#stream.fd, text)
  }

  async close(): Promise<void> {
    // The stream is the process's, not ours: only our listener goes.
    this.#stream.off('error', ignore)
  }
}

function ignore(): void {}
