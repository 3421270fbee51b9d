import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { createComputeNode } from '../../src/node/compute-node/create-compute-node.ts'
import { openDataFolder } from '../../src/node/data-folder.ts'
import { loadOrCreateIdentity } from '../../src/node/identity/load-identity.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import { Connection } from '../../src/node/store/connection.ts'
import { damages } from '../helpers/damage.ts'
import { writeLedgerFile } from '../helpers/ledger-file.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const builtInModelPath = fileURLToPath(new URL('../../resources/models/demo-1m.gguf', import.meta.url))

it('notices damage while it runs, stops in order, and is mended at the next start', async () => {
  using place = tempFolder()
  const folder = openDataFolder(place.path)
  const owner = await loadOrCreateIdentity({ dir: folder.path })
  await writeLedgerFile(folder.databasePath, 60, { owner })
  const logs = createLogger()
  const open = () =>
    createComputeNode(
      { folder, builtInModelPath },
      {
        logger: logs.logger,
        history: logs.history,
        launchInference: () => {
          throw new Error('Nothing is computed here')
        },
      },
    )
  const node = await open()
  expect((await node.ledger.verify()).ok).toBe(true)
  expect(node.recovery.view()).toMatchObject({ notes: [], safeMode: null, damage: null })

  // The newest three quarters of the file; a commit of another process has it read again.
  for (let part = 0.75; part < 1; part += 0.003) damages.zeroPage(folder.databasePath, () => part)
  const other = new Connection({ path: folder.databasePath, busyTimeoutMs: 5_000 })
  other.run("INSERT INTO settings (key, value_json, updated_at_ms) VALUES ('slots', '2', 1)")
  other.close()
  expect(() => node.ledger.entriesAfter(0)).toThrow(expect.objectContaining({ code: 'store_corrupt' }))
  await expect.poll(() => node.recovery.view().damage?.reason, { timeout: 30_000 }).toContain('malformed')
  await node.stop()

  const again = await open()
  const [note] = again.recovery.view().notes
  expect(note).toMatchObject({ subject: 'database' })
  expect(note?.reason).toContain('malformed')
  expect(existsSync(join(note?.keptPath ?? '', 'driad.sqlite'))).toBe(true)
  const verified = await again.ledger.verify()
  expect(verified.problems).toEqual([])
  const lost = note?.lost.flatMap((loss) => (loss.what === 'entries' ? [loss.to - loss.from + 1] : [])) ?? []
  expect(verified.entries + lost.reduce((sum, count) => sum + count, 0)).toBe(60)
  again.recovery.dismiss(note?.id ?? '')
  expect(again.recovery.view().notes[0]?.dismissed).toBe(true)
  await again.stop()

  const third = await open()
  expect(third.recovery.view().notes).toHaveLength(1)
  await third.stop()
})
