import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface SecondStart {
  readonly dataDir: string
  readonly args: readonly string[]
  /** Where it is started from; paths among the arguments may be relative to it. */
  readonly cwd?: string
}

/** What a second start of the program ends with, as that of a menu or a file manager while the app runs. */
export async function startAgain({ dataDir, args, cwd = root }: SecondStart): Promise<number | null> {
  const program = process.env.ELECTRON_EXEC_PATH ?? ''
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const again = spawn(program, [...asRoot, '--disable-gpu', root, '--data-dir', dataDir, ...args], {
    stdio: 'ignore',
    cwd,
  })
  const [code] = await once(again, 'exit')
  return code as number | null
}
