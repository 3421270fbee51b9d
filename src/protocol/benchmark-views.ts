/** What a model came to on this computer. Speeds are tokens per second. */
export interface BenchmarkView {
  readonly atMs: number
  readonly device: string
  /** Backend and release of the library, whose change makes figures old. */
  readonly driver: string
  readonly threads: number
  readonly slots: number
  readonly contextSize: number
  /** Reading a prompt. */
  readonly promptTokensPerSecond: number
  /** Writing, one generation alone. */
  readonly tokensPerSecond: number
  /** Writing, all slots at once, in all. */
  readonly allSlotsTokensPerSecond: number
  /** From a short prompt to the first token. */
  readonly firstTokenMs: number
  readonly memoryBytes: number
  readonly loadMs: number
  /** As a whole per cent of a machine that others know, where one was measured with this model. */
  readonly comparison?: { readonly machine: string; readonly percent: number }
}
