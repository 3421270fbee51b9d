import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { ChildLauncher } from '../../node/inference/contract.ts'
import { ledgerSums } from '../../node/ledger/ledger-sums.ts'
import type { Logger } from '../../node/logs/contract.ts'
import { openSettings } from '../../node/settings/settings.ts'
import { ownSchema } from '../../node/store/copy-database.ts'
import { openStore } from '../../node/store/open-store.ts'
import { DriadError } from '../../protocol/errors.ts'
import { answerOnce } from './answer-once.ts'

/** What a version is tried with: a folder with a copy of the database, into which it writes what became of it. */
export const smokeTestFiles = { database: 'driad.sqlite', result: 'result.json' } as const

const resultSchema = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    version: z.string().max(128),
    /** That the database has now. */
    schema: z.int(),
    answer: z.string(),
  }),
  z.object({ ok: z.literal(false), version: z.string().max(128), reason: z.string() }),
])
export type SmokeTestResult = z.infer<typeof resultSchema>

export interface SmokeTestInit {
  readonly folder: string
  readonly version: string
  readonly builtInModelPath: string
  readonly launchInference: ChildLauncher
  readonly logger: Logger
}

/** Opens the copy of the database with this version's migrations and answers a prompt. Whatever fails is in the result. */
export async function smokeTest(init: SmokeTestInit): Promise<SmokeTestResult> {
  const { folder, version, logger } = init
  try {
    const store = openStore({ path: join(folder, smokeTestFiles.database), logger })
    try {
      openSettings({ store, logger }).get()
      ledgerSums(store)
      const answer = await answerOnce(init)
      return { ok: true, version, schema: ownSchema, answer }
    } finally {
      await store.close()
    }
  } catch (cause) {
    return { ok: false, version, reason: DriadError.from(cause).message }
  }
}

export function writeSmokeTestResult(folder: string, result: SmokeTestResult): void {
  const path = join(folder, smokeTestFiles.result)
  writeFileSync(`${path}.draft`, JSON.stringify(result), { mode: 0o600 })
  renameSync(`${path}.draft`, path)
}

/** Undefined where it did not come to write one. */
export function readSmokeTestResult(folder: string): SmokeTestResult | undefined {
  try {
    return resultSchema.parse(JSON.parse(readFileSync(join(folder, smokeTestFiles.result), 'utf8')))
  } catch {
    return undefined
  }
}
