import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { Store } from '../store/contract.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Texts that are kept but never shown again. Sealed with a key made of the identity's, which the system may seal in turn. */
export interface Secrets {
  get(name: string): string | undefined
  has(name: string): boolean
  set(name: string, text: string): Promise<void>
  remove(name: string): Promise<void>
}

/** A secret that cannot be opened, as after the identity was exchanged, counts as missing and is kept. */
export function openSecrets(components: {
  readonly store: Store
  readonly identity: Pick<Identity, 'privateKey'>
  readonly logger: Logger
}): Secrets {
  return new SealedSecrets(components)
}

class SealedSecrets implements Secrets {
  readonly #store: Store
  readonly #logger: Logger
  readonly #key: Buffer

  constructor({ store, identity, logger }: Parameters<typeof openSecrets>[0]) {
    this.#store = store
    this.#logger = logger
    this.#key = Buffer.from(hkdfSync('sha256', identity.privateKey.raw, '', 'driad/1/secrets', 32))
  }

  get(name: string): string | undefined {
    const row = this.#store.get<{ sealed: Uint8Array }>('SELECT sealed FROM secrets WHERE name = ?', name)
    if (row === undefined) return undefined
    try {
      return this.#open(name, row.sealed)
    } catch {
      this.#logger.warn(`The stored secret ${name} cannot be opened with this identity; set it again`)
      return undefined
    }
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  async set(name: string, text: string): Promise<void> {
    const sealed = this.#seal(name, text)
    await this.#store.write((tx) =>
      tx.run(
        `INSERT INTO secrets (name, sealed, updated_at_ms) VALUES (?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, updated_at_ms = excluded.updated_at_ms`,
        name,
        sealed,
        Date.now(),
      ),
    )
  }

  async remove(name: string): Promise<void> {
    await this.#store.write((tx) => tx.run('DELETE FROM secrets WHERE name = ?', name))
  }

  /** Bound to its name: one secret cannot be passed off as another. */
  #seal(name: string, text: string): Uint8Array {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(name))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), sealed]))
  }

  #open(name: string, bytes: Uint8Array): string {
    const sealed = Buffer.from(bytes)
    const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(name))
      .setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
    const text = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES))
    return Buffer.concat([text, decipher.final()]).toString('utf8')
  }
}
