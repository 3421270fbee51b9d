import { join } from 'node:path'
import { app } from 'electron'

/** Models and icons are real files: llama.cpp maps them into memory, so they cannot live inside the archive. */
export function resourcesFolder(): string {
  return app.isPackaged ? join(process.resourcesPath, 'resources') : join(app.getAppPath(), 'resources')
}

export function builtInModelPath(): string {
  return join(resourcesFolder(), 'models', 'demo-1m.gguf')
}

/** What the inference process runs. */
export function inferenceEntry(): string {
  return join(app.getAppPath(), 'out', 'main', 'inference-child.js')
}
