import { readFileSync } from 'node:fs'
import { gguf } from './gguf-file.ts'
import { demoModelPath } from './models.ts'

/** Bytes of each type of value that a key of the demo model has, by the format's id. */
const VALUE_BYTES: Readonly<Record<number, number>> = { 4: 4, 6: 4, 7: 1 }

/** The demo model with other values of some keys: whole otherwise, and of the same length. */
export function damagedDemo(values: Readonly<Record<string, number | string>>): Buffer {
  const bytes = readFileSync(demoModelPath)
  for (const [key, value] of Object.entries(values)) {
    const at = valueAt(bytes, key)
    const type = bytes.readUInt32LE(at - 4)
    if (typeof value === 'string') writeText(bytes, at, value)
    else if (type === 6) bytes.writeFloatLE(value, at)
    else if (VALUE_BYTES[type] === 4) bytes.writeInt32LE(value | 0, at)
    else bytes.writeUInt8(value, at)
  }
  return bytes
}

/** The demo model without a key: the key is there under another name that nobody asks for. */
export function demoWithout(key: string): Buffer {
  const bytes = readFileSync(demoModelPath)
  const at = valueAt(bytes, key) - 4 - key.length
  bytes.write('x', at)
  return bytes
}

function valueAt(bytes: Buffer, key: string): number {
  const found = bytes.indexOf(gguf.text(key))
  if (found === -1) throw new RangeError(`The demo model has no key ${key}`)
  return found + 8 + key.length + 4
}

function writeText(bytes: Buffer, at: number, text: string): void {
  const length = Number(bytes.readBigUInt64LE(at))
  if (Buffer.byteLength(text) !== length) throw new RangeError(`The text must have ${length} bytes`)
  bytes.write(text, at + 8)
}
