import type { Migration } from '../contract.ts'

/** One row for each setting that the operator changed; the rest have their defaults. */
export const migration: Migration = {
  version: 1,
  name: 'settings',
  sql: `
    CREATE TABLE settings (
      key TEXT NOT NULL PRIMARY KEY,
      value_json TEXT NOT NULL,
      updated_at_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
}
