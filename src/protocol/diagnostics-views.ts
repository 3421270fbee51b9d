/** One file of a diagnostics bundle, exactly as it is written. */
export interface DiagnosticsFileView {
  /** Its name in the archive. */
  readonly name: string
  readonly sizeBytes: number
  readonly text: string
}

/** A bundle that was put together and waits for being saved. Nothing is added to it after it was shown. */
export interface DiagnosticsView {
  readonly id: string
  readonly createdAtMs: number
  readonly files: readonly DiagnosticsFileView[]
  /** Of the archive. */
  readonly sizeBytes: number
}
