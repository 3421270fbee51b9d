import { randomBytes } from 'node:crypto'
import { constants, copyFile, link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a file of mode 0600, whole or not at all: it is written aside and then linked to its name, which fails if the name
 * exists. After a crash at any point there is either no file or a whole one, and of two processes exactly one wins.
 * Resolves to false where the name is taken.
 */
export async function createKeyFile(path: string, text: string): Promise<boolean> {
  return await written(path, text, async (draft) => {
    try {
      await link(draft, path)
    } catch (cause) {
      if (isCode(cause, 'EEXIST')) return false
      try {
        // Some file systems (FAT, network shares) have no hard links.
        await copyFile(draft, path, constants.COPYFILE_EXCL)
      } catch (error) {
        if (isCode(error, 'EEXIST')) return false
        throw error
      }
    }
    return true
  })
}

/** The same, in the place of a file that may be there. */
export async function replaceKeyFile(path: string, text: string): Promise<void> {
  await written(path, text, async (draft) => {
    await rename(draft, path)
    return true
  })
}

async function written(
  path: string,
  text: string,
  name: (draft: string) => Promise<boolean>,
): Promise<boolean> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
  let named: boolean
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    named = await name(draft)
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(dirname(path))
  return named
}

/** Makes the new name durable. Not possible on Windows, where it is not needed either. */
async function syncFolder(dir: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(dir, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code
}
