import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The chat model that comes with the program. */
export const demoModelPath = fileURLToPath(new URL('../../resources/models/demo-1m.gguf', import.meta.url))

/** A base model with known greedy text; not part of the repository. */
export const storiesModelPath = fileURLToPath(
  new URL('../../../shared/models/stories260K.gguf', import.meta.url),
)

/** Whether that model is here. Says so where it is not, as its tests are skipped then. */
export function hasStoriesModel(): boolean {
  if (existsSync(storiesModelPath)) return true
  console.warn('Skipped, as ../shared/models/stories260K.gguf is not on this computer')
  return false
}

/** Writes the demo model, made to believe that it was trained on two billion tokens. */
export function writeGreedyModel(path: string): void {
  const bytes = readFileSync(demoModelPath)
  const key = 'llama.context_length'
  bytes.writeUInt32LE(2 ** 31 - 256, bytes.indexOf(key) + key.length + 4)
  writeFileSync(path, bytes)
}
