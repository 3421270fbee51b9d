/** Takes lines at once and writes them later, so that logging waits for no disk and no terminal. */
export interface LineSink {
  /** Writes text to its target. Rejections are counted as lost lines. */
  write(text: string): Promise<void>
  /** The last resort when the process ends: no turn of the event loop is left. */
  writeSync(text: string): void
  close(): Promise<void>
}

/** More unwritten text than this is dropped, oldest kept: a full disk or a stopped terminal must not eat the memory. */
const MAX_WAITING_CHARS = 8 * 1024 * 1024

/** One write, so that a file does not outgrow its limit by more than this. */
const BATCH_CHARS = 256 * 1024

export class LineWriter {
  readonly #sink: LineSink
  #waiting: string[] = []
  #waitingChars = 0
  #lost = 0
  #writing: Promise<void> | undefined
  #closed = false

  constructor(sink: LineSink) {
    this.#sink = sink
  }

  /** `line` ends in a newline. */
  add(line: string): void {
    if (this.#closed) return
    if (this.#waitingChars + line.length > MAX_WAITING_CHARS) {
      this.#lost++
      return
    }
    this.#waiting.push(line)
    this.#waitingChars += line.length
    this.#wake()
  }

  /** What is not written yet, at once. For the process's `exit` event. */
  flushSync(): void {
    try {
      for (let text = this.#take(); text !== ''; text = this.#take()) this.#sink.writeSync(text)
    } catch {
      // The process is ending and there is nobody left to tell.
    }
  }

  /** Writes what is waiting and closes the target. Twice is safe. */
  async close(): Promise<void> {
    this.#closed = true
    while (this.#writing !== undefined) await this.#writing
    await this.#sink.close()
  }

  #wake(): void {
    this.#writing ??= new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.#drain())
      .finally(() => {
        this.#writing = undefined
        // A line may have come after the drain had seen that there was none.
        if (this.#waiting.length > 0) this.#wake()
      })
  }

  async #drain(): Promise<void> {
    for (let text = this.#take(); text !== ''; text = this.#take()) {
      try {
        await this.#sink.write(text)
      } catch {
        this.#lost += text.split('\n').length - 1
      }
    }
  }

  /** The next batch, oldest first; empty if there is none. */
  #take(): string {
    let chars = 0
    let lines = 0
    while (lines < this.#waiting.length && chars < BATCH_CHARS) chars += this.#waiting[lines++]?.length ?? 0
    const text = this.#waiting.splice(0, lines).join('')
    this.#waitingChars -= chars
    if (text === '' || this.#lost === 0) return text
    const lost = this.#lostLine(this.#lost)
    this.#lost = 0
    return `${lost}${text}`
  }

  #lostLine(lost: number): string {
    const line = {
      level: 'warn',
      time: Date.now(),
      scope: 'logs',
      message: `${lost} lines could not be written`,
    }
    return `${JSON.stringify(line)}\n`
  }
}
