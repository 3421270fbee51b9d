import { existsSync } from 'node:fs'
import { basename, dirname, extname, relative, sep } from 'node:path'
import { modelFilesOf, splitNameOf } from '../../../protocol/gguf/split-names.ts'
import { modelNameOf } from '../model-name.ts'
import type { FoundFile } from './found-file.ts'
import type { ModelPlace } from './model-places.ts'
import type { ScanBudget } from './scan-budget.ts'
import { walkFolder } from './walk-folder.ts'

/** Whether a file's name says that it is a GGUF. */
export function isGgufName(name: string): boolean {
  return extname(name).toLowerCase() === '.gguf'
}

/** Folders with GGUF files in them, at any depth: LM Studio, llama.cpp, GPT4All, Jan, and what the operator named. */
export async function* readPlainStore(place: ModelPlace, budget: ScanBudget): AsyncGenerator<FoundFile> {
  for await (const path of walkFolder(place.path, budget, isGgufName)) {
    if (isFurtherPart(path)) continue
    yield { source: place.source, path, name: modelNameOf(nameIn(place, path)) }
  }
}

/** Whether it is not the first part of a model whose first part is there. */
export function isFurtherPart(path: string): boolean {
  const split = splitNameOf(path)
  return split !== undefined && split.part > 1 && existsSync(modelFilesOf(path)[0] ?? '')
}

/** Jan calls every file `model.gguf` or `mmproj.gguf`; the folders above say what it is. */
function nameIn({ source, path: root }: ModelPlace, path: string): string {
  if (source !== 'jan' || basename(path) !== 'model.gguf') return path
  return `${relative(root, dirname(path)).split(sep).at(-1) || 'model'}.gguf`
}
