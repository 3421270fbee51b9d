import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own for one test: `using folder = tempFolder()`. */
export function tempFolder(): {
  readonly path: string
  file(name: string): string
  [Symbol.dispose](): void
} {
  const path = mkdtempSync(join(tmpdir(), 'driad-test-'))
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }),
  }
}
