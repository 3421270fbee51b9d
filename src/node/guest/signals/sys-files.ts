import { readdirSync, readFileSync } from 'node:fs'

/** What is in a folder of the kernel's; nothing where there is no such folder. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** The text of a file of the kernel's; undefined where it cannot be read, as that of a process that has just ended. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
