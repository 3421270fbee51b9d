import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { readBackupFile, rehearseRestore, writeBackup } from '../../../../src/node/identity/backup-file.ts'
import type { Identity } from '../../../../src/node/identity/contract.ts'
import { createEphemeralIdentity } from '../../../../src/node/identity/identity.ts'
import { encodeBackup, openBackup, readBackup } from '../../../../src/node/identity/identity-backup.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const PASSPHRASE = 'four plain words, written down'

let identity: Identity
let text: string

beforeAll(async () => {
  identity = await createEphemeralIdentity()
  text = await encodeBackup(identity, PASSPHRASE, { now: () => Date.UTC(2026, 10, 27) })
})

describe('a backup of the key', () => {
  it('opens with its passphrase, and with no other', async () => {
    const opened = await openBackup(text, PASSPHRASE)
    expect(opened.peerId).toBe(identity.peerId)
    expect(opened.sign(new Uint8Array(8))).toEqual(identity.sign(new Uint8Array(8)))
    for (const wrong of ['', `${PASSPHRASE} `, PASSPHRASE.toUpperCase()])
      await expect(openBackup(text, wrong)).rejects.toMatchObject({ code: 'wrong_passphrase' })
  })

  it('says whose it is without its passphrase, and never the key', () => {
    expect(readBackup(text)).toEqual({ peerId: identity.peerId, createdAtMs: Date.UTC(2026, 10, 27) })
    const secret = Buffer.from(identity.privateKey.raw)
    for (const form of ['base64', 'hex'] as const)
      expect(text).not.toContain(secret.subarray(0, 32).toString(form).slice(0, 40))
  })

  it('differs each time, in salt, nonce and key', async () => {
    const other = JSON.parse(await encodeBackup(identity, PASSPHRASE))
    const first = JSON.parse(text)
    for (const field of ['salt', 'nonce', 'key']) expect(other[field]).not.toBe(first[field])
  })

  it('opens on another system, which writes accents and the ends of lines otherwise', async () => {
    const composed = await encodeBackup(identity, 'Zürich über Köln'.normalize('NFC'))
    const elsewhere = composed.replaceAll('\n', '\r\n')
    await expect(openBackup(elsewhere, 'Zürich über Köln'.normalize('NFD'))).resolves.toMatchObject({
      peerId: identity.peerId,
    })
  })

  it('is refused whichever byte is changed, and as damaged, not for its passphrase', async () => {
    const bytes = Buffer.from(text)
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const damaged = Buffer.from(bytes)
        damaged[at] = (damaged[at] ?? 0) ^ flip
        await expect(openBackup(damaged.toString('utf8'), PASSPHRASE)).rejects.toMatchObject({
          code: 'backup_invalid',
        })
      }),
      { numRuns: 2_000 },
    )
  })

  it('is refused where something is missing, added or not of ours', async () => {
    const cuts = [0, 1, text.length >> 1, text.length - 1].map((at) => text.slice(0, at))
    for (const bad of [...cuts, `${text} `, 'null', '[]', '{}', text.replace('"about"', '"About"')])
      await expect(openBackup(bad, PASSPHRASE)).rejects.toMatchObject({ code: 'backup_invalid' })
    const newer = text.replace('"version": 1', '"version": 2')
    await expect(openBackup(newer, PASSPHRASE)).rejects.toThrow(/newer Driad/)
  })

  it('cannot be made to ask for more memory than ours do', async () => {
    const greedy = text.replace('"costLog2": 17', '"costLog2": 30')
    await expect(openBackup(greedy, PASSPHRASE)).rejects.toMatchObject({ code: 'backup_invalid' })
  })

  it('wants a passphrase that is worth one', async () => {
    await expect(encodeBackup(identity, 'too short')).rejects.toMatchObject({
      code: 'bad_usage',
      issues: [{ path: 'passphrase', expected: 'from 10 to 1024 characters', found: '9 characters' }],
    })
  })
})

describe('the file of a backup', () => {
  it('is written for its user alone, and read back', async () => {
    using folder = tempFolder()
    const path = join(folder.path, 'key.json')
    await writeBackup(identity, { path, passphrase: PASSPHRASE, overwrite: false })
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600)
    await rehearseRestore(identity, { path, passphrase: PASSPHRASE })
    await expect(rehearseRestore(identity, { path, passphrase: 'another one' })).rejects.toMatchObject({
      code: 'wrong_passphrase',
    })
    const stranger = await createEphemeralIdentity()
    await expect(rehearseRestore(stranger, { path, passphrase: PASSPHRASE })).rejects.toThrow(identity.peerId)
  })

  it('does not take the place of another file unasked', async () => {
    using folder = tempFolder()
    const path = join(folder.path, 'key.json')
    await writeFile(path, 'dear diary')
    const init = { path, passphrase: PASSPHRASE }
    await expect(writeBackup(identity, { ...init, overwrite: false })).rejects.toMatchObject({
      code: 'bad_usage',
    })
    expect(await readFile(path, 'utf8')).toBe('dear diary')
    await writeBackup(identity, { ...init, overwrite: true })
    await rehearseRestore(identity, init)
  })

  it('is not read where it cannot be, or is far too large', async () => {
    using folder = tempFolder()
    await expect(readBackupFile(join(folder.path, 'none'))).rejects.toMatchObject({ code: 'backup_invalid' })
    const path = join(folder.path, 'large')
    await writeFile(path, Buffer.alloc(100_000))
    await expect(readBackupFile(path)).rejects.toThrow(/far too large/)
  })
})
