import type { Migration } from '../contract.ts'

/** The operator's own test runs, the newest ones. */
export const migration: Migration = {
  version: 8,
  name: 'test-runs',
  sql: `
    CREATE TABLE test_runs (
      id TEXT PRIMARY KEY,                     -- UUIDv7: in order of time
      at_ms INTEGER NOT NULL,
      place TEXT NOT NULL,                     -- here, network
      model TEXT NOT NULL,
      title TEXT NOT NULL,
      outcome TEXT NOT NULL,                   -- done, failed, stopped
      stats TEXT,                              -- JSON
      detail TEXT NOT NULL,                    -- JSON: input, result, error, steps
      detail_chars INTEGER NOT NULL            -- its length, known without reading it
    ) STRICT, WITHOUT ROWID;
  `,
}
