import { readFile, stat } from 'node:fs/promises'
import { DriadError } from '../protocol/errors.ts'
import { workflowLimits } from '../protocol/workflow/limits.ts'

/** The text of a workflow file, or of standard input for `-`. Throws `bad_usage`, `bad_workflow` or `too_large`. */
export async function readWorkflowArgument(
  path: string,
  stdin: NodeJS.ReadableStream = process.stdin,
): Promise<string> {
  if (path === '-') return readBounded(stdin)
  try {
    const { size } = await stat(path)
    if (size > workflowLimits.bytes) throw tooLarge(path)
    return textOf(await readFile(path))
  } catch (cause) {
    if (cause instanceof DriadError) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    const reason =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : message
    throw new DriadError('bad_usage', `The workflow ${path} cannot be read: ${reason}`, { cause })
  }
}

async function readBounded(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk)
    sizeBytes += bytes.length
    if (sizeBytes > workflowLimits.bytes) throw tooLarge('on standard input')
    chunks.push(bytes)
  }
  return textOf(Buffer.concat(chunks))
}

/** Bytes that are no UTF-8 are refused: replaced by question marks, they would be a prompt that nobody wrote. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new DriadError('bad_workflow', 'The workflow is not text in UTF-8; save it in that encoding', {
      cause,
    })
  }
}

function tooLarge(where: string): DriadError {
  return new DriadError('too_large', `The workflow ${where} is larger than ${workflowLimits.bytes} bytes`)
}
