/** One decoder, and what must hold of it for whatever bytes. */
export interface FuzzTarget {
  readonly name: string
  /** Valid inputs, from which mutations start. The same in each process, so that seeds repeat. */
  seeds(): Promise<readonly Uint8Array[]> | readonly Uint8Array[]
  /** Words of the format. */
  readonly words?: readonly string[]
  readonly maxBytes?: number
  /** Throws, or rejects, only where there is a bug: typed errors that a decoder may throw are its caller's to catch. */
  run(input: Uint8Array): Promise<void> | void
}

/** Runs a decoder and lets pass what it may say of bad input. Anything else, a TypeError say, is a bug. */
export function allowing<T>(isAllowed: (error: unknown) => boolean, work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (isAllowed(error)) return undefined
    throw error
  }
}

export function mustHold(condition: boolean, what: string): void {
  if (!condition) throw new Error(`It does not hold: ${what}`)
}

export function textOf(input: Uint8Array): string {
  return Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString('utf8')
}

export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text))
}
