import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEphemeralIdentity } from '../../../../src/node/identity/identity.ts'
import type { IdentityVault } from '../../../../src/node/identity/identity-file.ts'
import { IDENTITY_FILE, loadOrCreateIdentity } from '../../../../src/node/identity/load-identity.ts'
import type { Logger } from '../../../../src/node/logs/contract.ts'
import { verifySignature } from '../../../../src/protocol/wire/keys.ts'

let root: string
let dir: string
let path: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'driad-identity-'))
  dir = join(root, 'data')
  path = join(dir, IDENTITY_FILE)
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** Encrypts by turning the text around: what matters is that the file holds what the vault gave. */
function aVault(options: { available?: boolean; owner?: string } = {}): IdentityVault {
  const owner = options.owner ?? 'me'
  return {
    available: () => options.available ?? true,
    encrypt: (text) => Buffer.from(`${owner}:${[...text].reverse().join('')}`),
    decrypt: (bytes) => {
      const text = Buffer.from(bytes).toString()
      if (!text.startsWith(`${owner}:`)) throw new Error('not mine')
      return [...text.slice(owner.length + 1)].reverse().join('')
    },
  }
}

function warnings(): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: (message) => lines.push(message),
    error: () => {},
    scope: () => logger,
  }
  return { logger, lines }
}

describe('loadOrCreateIdentity', () => {
  it('makes a key once, for the owner only, and leaves nothing else behind', async () => {
    const first = await loadOrCreateIdentity({ dir })
    const second = await loadOrCreateIdentity({ dir })
    expect(second.peerId).toBe(first.peerId)
    expect(first.peerId).toMatch(/^12D3KooW/)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(dir)).toEqual([IDENTITY_FILE])
  })

  it('signs what its public key verifies, and libp2p with it', async () => {
    const identity = await loadOrCreateIdentity({ dir })
    const bytes = Buffer.from('an offer')
    const signature = identity.sign(bytes)
    expect(verifySignature(identity.publicKey, bytes, signature)).toBe(true)
    expect(await identity.privateKey.publicKey.verify(bytes, signature)).toBe(true)
    expect(verifySignature(identity.publicKey, Buffer.from('another'), signature)).toBe(false)
  })

  it('gives the same key to all that make it at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 16 }, () => loadOrCreateIdentity({ dir })))
    expect(new Set(all.map((identity) => identity.peerId)).size).toBe(1)
    expect(await readdir(dir)).toEqual([IDENTITY_FILE])
  })

  it('gives the same key to two processes that make it at the same time', async () => {
    const module = new URL('../../../../src/node/identity/load-identity.ts', import.meta.url).href
    const script = `const { loadOrCreateIdentity } = await import(${JSON.stringify(module)})
      console.log((await loadOrCreateIdentity({ dir: ${JSON.stringify(dir)} })).peerId)`
    const run = () =>
      promisify(execFile)(process.execPath, [
        '--experimental-transform-types',
        '--input-type=module',
        '-e',
        script,
      ])
    const [one, two] = await Promise.all([run(), run()])
    expect(one.stdout).toMatch(/^12D3KooW/)
    expect(two.stdout).toBe(one.stdout)
  })

  it('corrects a mode that lets others read, and says so', async () => {
    await loadOrCreateIdentity({ dir })
    await chmod(path, 0o644)
    const { logger, lines } = warnings()
    await loadOrCreateIdentity({ dir, logger })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(lines).toHaveLength(1)
  })

  it.each([
    ['empty', ''],
    ['not JSON', 'x'.repeat(64)],
    ['another program’s JSON', '{"key":"abc"}'],
    ['larger than any identity', 'x'.repeat(100_000)],
  ])('refuses a file that is %s and leaves it as it is', async (_, content) => {
    await loadOrCreateIdentity({ dir })
    await writeFile(path, content)
    await expect(loadOrCreateIdentity({ dir })).rejects.toMatchObject({ code: 'identity_invalid' })
    expect(await readFile(path, 'utf8')).toBe(content)
  })

  it('refuses a key with any one byte changed', async () => {
    await loadOrCreateIdentity({ dir })
    const file = JSON.parse(await readFile(path, 'utf8')) as { key: string }
    const key = Buffer.from(file.key, 'base64')
    for (let index = 0; index < key.length; index++) {
      const changed = Buffer.from(key)
      changed[index] = (changed[index] ?? 0) ^ 1
      await writeFile(path, JSON.stringify({ ...file, key: changed.toString('base64') }))
      await expect(loadOrCreateIdentity({ dir }), `byte ${index}`).rejects.toMatchObject({
        code: 'identity_invalid',
      })
    }
  })

  it('refuses a key under the peer id of another', async () => {
    await loadOrCreateIdentity({ dir })
    const file = JSON.parse(await readFile(path, 'utf8')) as object
    const other = await createEphemeralIdentity()
    await writeFile(path, JSON.stringify({ ...file, peerId: other.peerId }))
    await expect(loadOrCreateIdentity({ dir })).rejects.toMatchObject({ code: 'identity_invalid' })
  })

  it('keeps the key encrypted where there is a vault', async () => {
    const made = await loadOrCreateIdentity({ dir, vault: aVault() })
    const raw = Buffer.from(made.privateKey.raw.subarray(0, 32)).toString('base64').slice(4, 24)
    expect(await readFile(path, 'utf8')).not.toContain(raw)
    expect((await loadOrCreateIdentity({ dir, vault: aVault() })).peerId).toBe(made.peerId)
  })

  it('says what to do where an encrypted key cannot be opened', async () => {
    await loadOrCreateIdentity({ dir, vault: aVault() })
    await expect(loadOrCreateIdentity({ dir })).rejects.toThrow(/encrypted by the desktop app/)
    await expect(loadOrCreateIdentity({ dir, vault: aVault({ available: false }) })).rejects.toThrow(
      /keyring/,
    )
    await expect(loadOrCreateIdentity({ dir, vault: aVault({ owner: 'you' }) })).rejects.toThrow(
      /another user/,
    )
  })

  it('stores the key as it is where the vault does not work, and reads it with one that does', async () => {
    const made = await loadOrCreateIdentity({ dir, vault: aVault({ available: false }) })
    expect((await loadOrCreateIdentity({ dir, vault: aVault() })).peerId).toBe(made.peerId)
    expect((await loadOrCreateIdentity({ dir })).peerId).toBe(made.peerId)
  })
})
