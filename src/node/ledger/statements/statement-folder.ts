import { existsSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { IssuedStatement, ReceivedSettlement, SettlementAdapter } from './contract.ts'
import { MAX_SETTLEMENT_BYTES } from './settlement-file.ts'

const SETTLEMENT = '.settlement.json'

/**
 * The adapter that is built in: statements are files that a person sends to who owes them, and the answers are put beside them as
 * `*.settlement.json`. One that was taken is then called `*.settled.json`, one that was not `*.refused.json`.
 */
export class StatementFolder implements SettlementAdapter {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async submit(
    statement: IssuedStatement,
    lines: AsyncIterable<string>,
    { signal }: { signal: AbortSignal },
  ): Promise<void> {
    const day = new Date(statement.toMs).toISOString().slice(0, 10)
    const path = join(this.#folder, `${day}-${statement.requester}.statement.jsonl`)
    if (existsSync(path)) return
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const draft = `${path}.draft`
    try {
      const file = await open(draft, 'w', 0o600)
      try {
        for await (const line of lines) {
          signal.throwIfAborted()
          await file.write(`${line}\n`)
        }
        await file.datasync()
      } finally {
        await file.close()
      }
      await rename(draft, path)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
  }

  async *settlements(): AsyncGenerator<ReceivedSettlement> {
    if (!existsSync(this.#folder)) return
    for (const name of (await readdir(this.#folder)).toSorted()) {
      if (!name.endsWith(SETTLEMENT)) continue
      const path = join(this.#folder, name)
      const { size } = await stat(path)
      yield {
        text: size > MAX_SETTLEMENT_BYTES ? '' : await readFile(path, 'utf8'),
        taken: (problem) => {
          const ending = problem === undefined ? '.settled.json' : '.refused.json'
          return rename(path, path.slice(0, -SETTLEMENT.length) + ending)
        },
      }
    }
  }
}
