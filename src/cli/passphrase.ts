import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { text as readText } from 'node:stream/consumers'
import { Option } from 'commander'
import { DriadError } from '../protocol/errors.ts'

/** A file with more is no passphrase. */
const MAX_FILE_BYTES = 64 * 1024

export const passphraseFileOption = () =>
  new Option('--passphrase-file <file>', 'file whose first line is the passphrase; - is standard input')

/**
 * Asks for a passphrase without showing it. Never an argument or a variable: others on this computer could read it there.
 * Throws `bad_usage` where there is nobody to ask and no file.
 */
export async function askPassphrase(question: string, file: string | undefined): Promise<string> {
  if (file !== undefined) return await fromFile(file)
  if (!process.stdin.isTTY)
    throw new DriadError('bad_usage', 'There is no terminal to ask for the passphrase: use --passphrase-file')
  let shown = true
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (shown) process.stderr.write(chunk)
      done()
    },
  })
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('SIGINT', () => reject(new DriadError('cancelled', 'Nothing was done')))
      lines.once('close', () => reject(new DriadError('cancelled', 'Nothing was done')))
      lines.question(`${question}: `, resolve)
      shown = false
    })
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

async function fromFile(file: string): Promise<string> {
  let text: string
  try {
    text = await readText(
      file === '-' ? process.stdin : createReadStream(file, { end: MAX_FILE_BYTES, encoding: 'utf8' }),
    )
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DriadError('bad_usage', `The passphrase cannot be read: ${reason}`, { cause })
  }
  const [line = ''] = text.split(/\r?\n/)
  if (line === '') throw new DriadError('bad_usage', 'There is no passphrase in the first line of that file')
  return line
}
