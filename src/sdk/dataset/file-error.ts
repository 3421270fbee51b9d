import { DriadError } from '../../protocol/errors.ts'

/** What the disk said about a file, as an error of ours: `disk_full`, or `data_folder_unusable`. */
export function fileError(path: string, cause: unknown): DriadError {
  if (cause instanceof DriadError) return cause
  const code = (cause as NodeJS.ErrnoException | undefined)?.code
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new DriadError('disk_full', `The disk is full: ${path} cannot be written. Free some space`, {
      cause,
    })
  if (code === undefined || !(cause instanceof Error)) return DriadError.from(cause)
  return new DriadError('data_folder_unusable', `Cannot use ${path}: ${cause.message}`, { cause })
}
