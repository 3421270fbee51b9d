import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MAX_ADDED_PATHS } from '../node/models/local/local-models.ts'
import { routeOfLink } from './deep-link.ts'
import { WindowRequests } from './window-requests.ts'

/** One more than the window takes at once, so that it says so. */
const MOST_FILES = MAX_ADDED_PATHS + 1
/** Longer ones are no paths of a file system. */
const LONGEST_PATH = 4096
/** What the packages register for: electron-builder.config.mjs. */
const OURS = /\.(gguf|json)$/i

/** The files that wait for a window, all of them as if they had been opened together. */
export function openedFiles(): WindowRequests<readonly string[]> {
  return new WindowRequests((earlier, later) => [...earlier, ...later].slice(0, MOST_FILES))
}

/** Most starts of the program are for no file. */
export function requestSome(files: WindowRequests<readonly string[]>, paths: readonly string[]): void {
  if (paths.length > 0) files.request(paths)
}

/**
 * The files among the arguments that a system starts a program with for them, by path or as `file:` addresses. Whether
 * they are there is found out by whoever takes them.
 */
export function filesAmong(argv: readonly string[], cwd: string): readonly string[] {
  return argv
    .flatMap((argument) => pathOf(argument, cwd) ?? [])
    .filter((path) => path.length <= LONGEST_PATH)
    .slice(0, MOST_FILES)
}

/** The arguments with which the program is started again: what it was to show is shown already. */
export function lastingArguments(argv: readonly string[]): string[] {
  return argv.filter((argument) => pathOf(argument, '/') === undefined && routeOfLink(argument) === undefined)
}

function pathOf(argument: string, cwd: string): string | undefined {
  if (/^file:\/\//i.test(argument)) {
    try {
      return fileURLToPath(argument)
    } catch {
      return undefined // on another computer, or no path at all
    }
  }
  return !argument.startsWith('-') && OURS.test(argument) ? resolve(cwd, argument) : undefined
}
