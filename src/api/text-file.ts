import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { DriadError } from '../protocol/errors.ts'

export interface TextKind {
  /** What such a text is, as the beginning of a sentence: `A workflow`. */
  readonly name: string
  readonly mostBytes: number
}

/** The text of a file that the operator chose. Throws `bad_usage` and `too_large`. */
export async function readTextFile(path: string, kind: TextKind): Promise<string> {
  let bytes: Buffer
  try {
    const found = await stat(path)
    // Neither a folder nor a device, which may have no end.
    if (!found.isFile()) throw new DriadError('bad_usage', `${basename(path)} is no file`)
    assertFits(found.size, kind)
    bytes = await readFile(path)
    // It may have grown.
    assertFits(bytes.byteLength, kind)
  } catch (cause) {
    throw cause instanceof DriadError ? cause : unusable(path, 'read', cause)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new DriadError('bad_usage', `${basename(path)} is no text in UTF-8`, { cause })
  }
}

/** Writes a file whole or not at all. Throws `bad_usage`. */
export async function writeTextFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.part`
  try {
    const file = await open(draft, 'w')
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw unusable(path, 'written', cause)
  }
}

/** Throws `too_large`. */
export function assertFits(bytes: number, { name, mostBytes }: TextKind): void {
  if (bytes <= mostBytes) return
  throw new DriadError('too_large', `${name} has at most ${mostBytes} bytes, and this ${bytes}`)
}

function unusable(path: string, how: string, cause: unknown): DriadError {
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause)
  if (reason === 'ENOENT' && how === 'read')
    return new DriadError('bad_usage', `There is no file ${path}`, { cause })
  return new DriadError('bad_usage', `${basename(path)} cannot be ${how} (${reason})`, { cause })
}
