import type { Migration } from '../contract.ts'

/** What must not be read by whoever gets hold of the file: keys of services, each sealed with the identity's key. */
export const migration: Migration = {
  version: 6,
  name: 'secrets',
  sql: `
    CREATE TABLE secrets (
      name TEXT PRIMARY KEY,
      sealed BLOB NOT NULL,                    -- nonce (12 bytes), tag (16), AES-256-GCM of the text
      updated_at_ms INTEGER NOT NULL
    ) STRICT;
  `,
}
