import { DriadError } from './errors.ts'

/** Whose memory was not enough: the computer's or the GPU's. */
export type MemoryKind = 'ram' | 'vram'

const PATHS: Readonly<Record<MemoryKind, string>> = { ram: 'memory.ram', vram: 'memory.vram' }

/** An `out_of_memory` that tells which memory, in a form that survives the way between processes. */
export function outOfMemory(kind: MemoryKind, message: string, options: ErrorOptions = {}): DriadError {
  const expected = kind === 'vram' ? 'more free memory on the GPU' : 'more free memory'
  return new DriadError('out_of_memory', message, { ...options, issues: [{ path: PATHS[kind], expected }] })
}

/** Undefined for every other error. */
export function exhaustedMemory(error: unknown): MemoryKind | undefined {
  if (!(error instanceof DriadError) || error.code !== 'out_of_memory') return undefined
  return error.issues.some(({ path }) => path === PATHS.vram) ? 'vram' : 'ram'
}
