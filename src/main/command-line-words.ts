/** Says that the program is to be the command line. */
const SWITCH = '--cli'
/** The script gives Chromium's switches before it, and the command's words behind it, where Chromium does not look. */
const WORDS = '--'

export interface CommandLine {
  readonly words: readonly string[]
  /** Whether Chromium has the switches with which it needs no display. */
  readonly byScript: boolean
}

/** The command line that the program is to be; undefined where it is to be the app. */
export function commandLineAmong(argv: readonly string[]): CommandLine | undefined {
  const at = argv.indexOf(SWITCH)
  const end = argv.indexOf(WORDS)
  if (at === -1 || (end !== -1 && end < at)) return undefined
  const byScript = end !== -1 && argv.slice(at + 1, end).every((word) => word.startsWith('--'))
  return { words: argv.slice(byScript ? end + 1 : at + 1), byScript }
}
