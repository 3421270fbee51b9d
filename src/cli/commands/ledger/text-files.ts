import { type FileHandle, open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { DriadError } from '../../../protocol/errors.ts'

/** Hands the lines of a file to `work`. Throws `bad_usage` where it cannot be read. */
export async function withLines<T>(
  path: string,
  work: (lines: AsyncIterable<string>) => Promise<T>,
): Promise<T> {
  const file = await openFile(path, 'r')
  try {
    return await work(linesOf(file))
  } finally {
    await file.close()
  }
}

/** The first line that is not empty. Throws `bad_usage` where it cannot be read. */
export function firstLine(path: string): Promise<string> {
  return withLines(path, async (lines) => {
    for await (const line of lines) if (line.trim() !== '') return line
    return ''
  })
}

/** Whether a file that begins with this line is a statement of what a requester owes. */
export function isStatement(head: string): boolean {
  return head.startsWith('{"driadStatement"')
}

/** Writes lines to a file that only this user can read, or to standard output where there is no path. */
export async function writeLines(path: string | undefined, lines: AsyncIterable<string>): Promise<void> {
  if (path === undefined) {
    for await (const line of lines) process.stdout.write(`${line}\n`)
    return
  }
  const file = await openFile(path, 'w', 0o600)
  try {
    for await (const line of lines) await file.write(`${line}\n`)
  } finally {
    await file.close()
  }
}

/** Opened only when it is read: readline drops the lines that come before somebody listens. */
async function* linesOf(file: FileHandle): AsyncGenerator<string> {
  const input = file.createReadStream({ autoClose: false, start: 0 })
  yield* createInterface({ input, crlfDelay: Infinity })
}

/** A file that the command line names. Throws `bad_usage`. */
async function openFile(path: string, flags: 'r' | 'w', mode?: number): Promise<FileHandle> {
  let file: FileHandle | undefined
  try {
    file = await open(path, flags, mode)
    if ((await file.stat()).isDirectory()) throw new Error('it is a folder')
    return file
  } catch (cause) {
    await file?.close()
    const reason = cause instanceof Error ? cause.message : String(cause)
    const verb = flags === 'r' ? 'read' : 'written'
    throw new DriadError('bad_usage', `The file ${path} cannot be ${verb}: ${reason}`, { cause })
  }
}
