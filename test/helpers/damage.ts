import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs'

/** Harm to a file, such as disks, power cuts and people do. `random` gives numbers from 0 to 1. */
export type Damage = (path: string, random: () => number) => void

const PAGE_BYTES = 4096

export const damages = {
  randomPages: (path, random) =>
    inFile(path, (file, size) => {
      const pages = Math.max(1, Math.floor(size / PAGE_BYTES))
      const count = 1 + Math.floor(random() * 4)
      for (let i = 0; i < count; i++) {
        const bytes = Buffer.from(Array.from({ length: PAGE_BYTES }, () => Math.floor(random() * 256)))
        writeSync(file, bytes, 0, PAGE_BYTES, Math.floor(random() * pages) * PAGE_BYTES)
      }
    }),
  zeroPage: (path, random) =>
    inFile(path, (file, size) => {
      const page = Math.floor(random() * Math.max(1, Math.floor(size / PAGE_BYTES)))
      writeSync(file, Buffer.alloc(PAGE_BYTES), 0, PAGE_BYTES, page * PAGE_BYTES)
    }),
  zeroHeader: (path) => inFile(path, (file) => writeSync(file, Buffer.alloc(100), 0, 100, 0)),
  zeroFirstPage: (path) =>
    inFile(path, (file) => writeSync(file, Buffer.alloc(PAGE_BYTES), 0, PAGE_BYTES, 0)),
  truncate: (path, random) => inFile(path, (file, size) => ftruncateSync(file, Math.floor(random() * size))),
  empty: (path) => inFile(path, (file) => ftruncateSync(file, 0)),
  garbage: (path, random) =>
    inFile(path, (file, size) =>
      writeSync(
        file,
        Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256))),
        0,
        size,
        0,
      ),
    ),
  remove: (path) => rmSync(path),
} as const satisfies Record<string, Damage>

export type DamageName = keyof typeof damages

function inFile(path: string, harm: (file: number, size: number) => void): void {
  if (!existsSync(path)) throw new Error(`There is no ${path} to damage`)
  const file = openSync(path, 'r+')
  try {
    harm(file, fstatSync(file).size)
  } finally {
    closeSync(file)
  }
}

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
