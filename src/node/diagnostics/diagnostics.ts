import { writeFile } from 'node:fs/promises'
import type { DiagnosticsFileView, DiagnosticsView } from '../../protocol/diagnostics-views.ts'
import { DriadError } from '../../protocol/errors.ts'
import { bundleName, type CollectOptions, collectDiagnostics, type DiagnosticsBundle } from './collect.ts'
import type { DiagnosticsSources } from './sources.ts'

/** Keeps the newest bundle from its preview on, so that what is saved is what was shown. */
export class Diagnostics {
  readonly #sources: () => DiagnosticsSources
  #bundle: DiagnosticsBundle | undefined

  constructor(sources: () => DiagnosticsSources) {
    this.#sources = sources
  }

  /** A new one, in place of the one before. */
  async prepare(options: CollectOptions = {}): Promise<DiagnosticsView> {
    const bundle = await collectDiagnostics(this.#sources(), options)
    this.#bundle = bundle
    const { zip: _, ...view } = bundle
    return view
  }

  /** Throws `bad_usage` for another bundle than the newest, and for a file that it does not have. */
  file(id: string, name: string): DiagnosticsFileView {
    const file = this.#known(id).files.find((each) => each.name === name)
    if (file === undefined) throw new DriadError('bad_usage', `There is no file ${name} in these diagnostics`)
    return file
  }

  /** What it is called where nobody says otherwise. Throws `bad_usage`. */
  nameOf(id: string): string {
    return bundleName(this.#known(id).createdAtMs)
  }

  /** Writes the archive, for its owner alone. Throws `bad_usage`, and what the system says. */
  async save(id: string, path: string): Promise<void> {
    const { zip } = this.#known(id)
    await writeFile(path, zip, { mode: 0o600 })
  }

  #known(id: string): DiagnosticsBundle {
    if (this.#bundle?.id === id) return this.#bundle
    throw new DriadError('bad_usage', 'These diagnostics are not kept any more; put them together again')
  }
}
