import { basename } from 'node:path'
import { modelFilesOf } from '../../../protocol/gguf/split-names.ts'
import type { LeftoverView } from '../../../protocol/local-model-views.ts'
import { fileState } from './file-identity.ts'
import type { NamedModel } from './removal.ts'
import { isOwnFile } from './removal.ts'
import { ScanBudget, scanLimits } from './scan-budget.ts'
import { walkFolder } from './walk-folder.ts'

/** What `src/node/downloads` writes beside a file that is on its way. */
const PARTIAL = /\.part(\.log(\.new)?)?$/

/**
 * Files in the folder of models that no model is made of. Of downloads that go on, or that may be taken up again,
 * nothing is among them.
 */
export async function findLeftovers(
  folder: string,
  models: readonly NamedModel[],
  busy: { readonly fileNames: ReadonlySet<string>; readonly signal: AbortSignal },
): Promise<LeftoverView[]> {
  const needed = new Set<string>()
  for (const path of models.flatMap((model) => modelFilesOf(model.path))) {
    const state = await fileState(path).catch(() => undefined)
    if (state !== undefined) needed.add(state.identity)
  }
  const found: LeftoverView[] = []
  for await (const path of filesIn(folder, busy.signal)) {
    const state = await fileState(path).catch(() => undefined)
    if (state === undefined || needed.has(state.identity)) continue
    // Who downloads is settled by these, in all processes of the folder.
    if (path.endsWith('.lock')) continue
    if (busy.fileNames.has(basename(path).replace(PARTIAL, ''))) continue
    if (!(await isOwnFile(path, folder))) continue
    const kind = PARTIAL.test(path) ? 'partial' : 'unused'
    const sizeBytes = kind === 'partial' ? state.diskBytes : state.sizeBytes
    found.push({ path, kind, sizeBytes, modifiedAtMs: state.modifiedAtMs })
  }
  return found
}

export async function* filesIn(folder: string, signal: AbortSignal): AsyncGenerator<string> {
  const budget = new ScanBudget(scanLimits, signal, () => {})
  yield* walkFolder(folder, budget, () => true)
}
