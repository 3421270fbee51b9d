import { Session } from 'node:inspector/promises'

/**
 * Which blocks of our code ran, as V8 counts them for coverage tools: no instrumentation, no native add-on, and the very
 * TypeScript that runs. A look costs about half a millisecond, so inputs are looked at in batches.
 */
export class Coverage implements AsyncDisposable {
  readonly #session = new Session()
  readonly #seen = new Set<string>()

  static async start(): Promise<Coverage> {
    const coverage = new Coverage()
    coverage.#session.connect()
    await coverage.#session.post('Profiler.enable')
    await coverage.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
    return coverage
  }

  get blocks(): number {
    return this.#seen.size
  }

  /** The blocks that ran since the last look and never before. */
  async news(): Promise<readonly string[]> {
    return (await this.#take()).filter((block) => !this.#seen.has(block))
  }

  add(blocks: readonly string[]): void {
    for (const block of blocks) this.#seen.add(block)
  }

  async #take(): Promise<string[]> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage')
    const blocks: string[] = []
    for (const { url, functions } of result) {
      if (!url.includes('/src/') || url.includes('/node_modules/')) continue
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count > 0) blocks.push(`${url}:${startOffset}-${endOffset}`)
        }
      }
    }
    return blocks
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.post('Profiler.stopPreciseCoverage')
    this.#session.disconnect()
  }
}
