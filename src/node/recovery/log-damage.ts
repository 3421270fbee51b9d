import { existsSync, readFileSync } from 'node:fs'

// https://www.sqlite.org/fileformat2.html#the_write_ahead_log
const HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
const MAGIC = 0x377f0682

/**
 * Commits of a write-ahead log that cannot be taken up, for something before them is damaged: SQLite passes over them in silence. None
 * of what a power cut left half-written counts, for what was committed was on the disk.
 */
export function unreachableCommits(databasePath: string): number {
  const path = `${databasePath}-wal`
  if (!existsSync(path)) return 0
  const log = readFileSync(path)
  if (log.byteLength < HEADER_BYTES + FRAME_HEADER_BYTES) return 0
  const magic = log.readUInt32BE(0)
  const pageBytes = log.readUInt32BE(8)
  // A damaged header takes all with it. The salts tell which frames belong together: those that most have are as good.
  const headerIsSound = (magic & ~1) === MAGIC && pageBytes === 4096
  const frameBytes = FRAME_HEADER_BYTES + 4096
  const sumBytes = { bigEndian: (magic & 1) === 1, sums: [0, 0] as [number, number] }
  if (headerIsSound) addSums(sumBytes, log, 0, 24)
  let isSound =
    headerIsSound && sumBytes.sums[0] === log.readUInt32BE(24) && sumBytes.sums[1] === log.readUInt32BE(28)
  const salts = isSound ? log.subarray(16, 24) : commonSalts(log, frameBytes)
  let unreachable = 0
  for (let at = HEADER_BYTES; at + frameBytes <= log.byteLength; at += frameBytes) {
    const belongs = log.subarray(at + 8, at + 16).equals(salts)
    if (isSound && belongs) {
      addSums(sumBytes, log, at, at + 8)
      addSums(sumBytes, log, at + FRAME_HEADER_BYTES, at + frameBytes)
      isSound =
        sumBytes.sums[0] === log.readUInt32BE(at + 16) && sumBytes.sums[1] === log.readUInt32BE(at + 20)
      if (!isSound && log.readUInt32BE(at + 4) > 0) unreachable++
      continue
    }
    isSound = false
    // A frame that ends a commit says how large the database is then.
    if (belongs && log.readUInt32BE(at + 4) > 0) unreachable++
  }
  return unreachable
}

function commonSalts(log: Buffer, frameBytes: number): Buffer {
  const counts = new Map<string, number>()
  for (let at = HEADER_BYTES; at + frameBytes <= log.byteLength; at += frameBytes) {
    const salts = log.toString('hex', at + 8, at + 16)
    counts.set(salts, (counts.get(salts) ?? 0) + 1)
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? ['']
  return Buffer.from(most, 'hex')
}

function addSums(
  state: { readonly bigEndian: boolean; readonly sums: [number, number] },
  bytes: Buffer,
  from: number,
  to: number,
): void {
  let [a, b] = state.sums
  for (let at = from; at < to; at += 8) {
    const first = state.bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)
    const second = state.bigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)
    a = (a + first + b) >>> 0
    b = (b + second + a) >>> 0
  }
  state.sums[0] = a
  state.sums[1] = b
}
