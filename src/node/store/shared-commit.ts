import type { WriteOptions } from './contract.ts'

/** For what nobody waits for: it goes to the disk with the next write, or after this time. */
export const SHARED_COMMIT: WriteOptions = { withinMs: 10 }
