import {
  closeSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  openSync,
  readSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'

// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT: 4.3.16 end record, 4.3.12 directory, 4.3.7 local header.
const endSignature = 0x06054b50
const entrySignature = 0x02014b50
const endSize = 22
const entrySize = 46
const localSize = 30
const maxCommentSize = 0xffff
const stored = 0
const deflated = 8

/** @typedef {{ name: string, method: number, compressedSize: number, mode: number, headerAt: number }} Entry */

/**
 * Unpacks the files of a zip that `place` gives a path for. Plain zips below 4 GB; anything else is an error.
 * @param {string} zipFile
 * @param {(name: string) => string | undefined} place the target of an entry; undefined leaves it out
 */
export async function unzip(zipFile, place) {
  const fd = openSync(zipFile, 'r')
  try {
    for (const entry of readDirectory(fd, statSync(zipFile).size)) {
      const target = place(entry.name)
      if (target === undefined || entry.name.endsWith('/')) continue
      mkdirSync(dirname(target), { recursive: true })
      await extract(fd, zipFile, entry, target)
    }
  } finally {
    closeSync(fd)
  }
}

/** @param {number} fd @param {number} size @returns {Entry[]} */
function readDirectory(fd, size) {
  const tailSize = Math.min(size, endSize + maxCommentSize)
  const tail = readAt(fd, size - tailSize, tailSize)
  let end = tailSize - endSize
  while (end >= 0 && tail.readUInt32LE(end) !== endSignature) end--
  if (end < 0) throw new Error('not a zip file, or cut short')
  const directory = readAt(fd, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12))
  const entries = []
  for (let at = 0, left = tail.readUInt16LE(end + 10); left > 0; left--) {
    if (directory.readUInt32LE(at) !== entrySignature)
      throw new Error('the directory of the zip file is damaged')
    const nameSize = directory.readUInt16LE(at + 28)
    entries.push({
      name: directory.toString('utf8', at + entrySize, at + entrySize + nameSize),
      method: directory.readUInt16LE(at + 10),
      compressedSize: directory.readUInt32LE(at + 20),
      mode: directory.readUInt32LE(at + 38) >>> 16,
      headerAt: directory.readUInt32LE(at + 42),
    })
    at += entrySize + nameSize + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
  return entries
}

/** @param {number} fd @param {string} zipFile @param {Entry} entry @param {string} target */
async function extract(fd, zipFile, entry, target) {
  const header = readAt(fd, entry.headerAt, localSize)
  const start = entry.headerAt + localSize + header.readUInt16LE(26) + header.readUInt16LE(28)
  const packed =
    entry.compressedSize === 0
      ? Readable.from([])
      : createReadStream(zipFile, { start, end: start + entry.compressedSize - 1 })
  const file = createWriteStream(target, { mode: entry.mode & 0o777 || 0o644 })
  if (entry.method === stored) await pipeline(packed, file)
  else if (entry.method === deflated) await pipeline(packed, createInflateRaw(), file)
  else throw new Error(`${entry.name}: compression method ${entry.method} is not known`)
}

/** @param {number} fd @param {number} position @param {number} size */
function readAt(fd, position, size) {
  const bytes = Buffer.alloc(size)
  if (readSync(fd, bytes, 0, size, position) !== size) throw new Error('the zip file is cut short')
  return bytes
}
