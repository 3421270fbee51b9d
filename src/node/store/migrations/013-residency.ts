import type { Migration } from '../contract.ts'

/**
 * How each model is to be loaded where that differs from the settings (null where it does not), settings that a model
 * loaded with after larger ones did not fit, and what models came to when they were measured. Sizes are bytes.
 */
export const migration: Migration = {
  version: 13,
  name: 'residency',
  sql: `
    ALTER TABLE models ADD COLUMN preload INTEGER NOT NULL DEFAULT 0 CHECK (preload IN (0, 1));
    ALTER TABLE models ADD COLUMN slots INTEGER;
    ALTER TABLE models ADD COLUMN context_size INTEGER;
    ALTER TABLE models ADD COLUMN kv_type TEXT;
    ALTER TABLE models ADD COLUMN draft_path TEXT;

    CREATE TABLE model_plans (
      sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
      device TEXT NOT NULL,
      wanted TEXT NOT NULL,                    -- JSON: the plan that did not fit
      used TEXT NOT NULL,                      -- JSON: the one that did
      reason TEXT NOT NULL,
      room_bytes INTEGER NOT NULL,             -- memory that models might take then
      at_ms INTEGER NOT NULL,
      PRIMARY KEY (sha256, device)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE model_benchmarks (
      sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
      device TEXT NOT NULL,
      driver TEXT NOT NULL,
      threads INTEGER NOT NULL,
      figures TEXT NOT NULL,                   -- JSON
      at_ms INTEGER NOT NULL,
      PRIMARY KEY (sha256, device, driver, threads)
    ) STRICT, WITHOUT ROWID;
  `,
}
