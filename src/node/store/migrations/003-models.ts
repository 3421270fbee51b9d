import type { Migration } from '../contract.ts'

/**
 * Models that the operator added or changed, and digests of their files. Prices are decimal text, null where the
 * settings' own hold. The built-in model has a row once something about it was changed.
 */
export const migration: Migration = {
  version: 3,
  name: 'models',
  sql: `
    CREATE TABLE models (
      name TEXT NOT NULL PRIMARY KEY,
      path TEXT NOT NULL,
      enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
      prompt_price TEXT,
      completion_price TEXT,
      added_at_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE model_digests (
      path TEXT NOT NULL PRIMARY KEY,
      size_bytes INTEGER NOT NULL,
      modified_at_ms INTEGER NOT NULL,
      sha256 BLOB NOT NULL CHECK (length(sha256) = 32)
    ) STRICT, WITHOUT ROWID;
  `,
}
