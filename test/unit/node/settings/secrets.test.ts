import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createEphemeralIdentity } from '../../../../src/node/identity/identity.ts'
import { openSecrets } from '../../../../src/node/settings/secrets.ts'
import { openStore } from '../../../../src/node/store/open-store.ts'
import { recordingLogger } from '../../../helpers/recording-logger.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

it('keeps a text that only its identity can read', async () => {
  using folder = tempFolder()
  const { logger } = recordingLogger()
  const store = openStore({ path: folder.file('a.sqlite') })
  const [mine, other] = [await createEphemeralIdentity(), await createEphemeralIdentity()]
  const secrets = openSecrets({ store, identity: mine, logger })
  expect(secrets.has('tool:serper')).toBe(false)
  await secrets.set('tool:serper', 'very-secret-key')
  expect(secrets.get('tool:serper')).toBe('very-secret-key')
  // Neither in the file nor in its log of writes, where it certainly is sealed by now.
  for (const { name } of readdirSync(folder.path, { withFileTypes: true }).filter((each) => each.isFile()))
    expect(readFileSync(folder.file(name)).includes('very-secret-key'), name).toBe(false)
  expect(readdirSync(folder.path)).toContain('a.sqlite-wal')
  expect(openSecrets({ store, identity: other, logger }).get('tool:serper')).toBeUndefined()
  // Still there for its own, and not exchangeable with another.
  expect(secrets.has('tool:serper')).toBe(true)
  await store.write((tx) => tx.run("UPDATE secrets SET name = 'tool:jina'"))
  expect(secrets.get('tool:jina')).toBeUndefined()
  await secrets.remove('tool:jina')
  await store.close()
  expect(readFileSync(folder.file('a.sqlite')).includes('very-secret-key')).toBe(false)
})
