import type { Migration } from '../contract.ts'

/** Models that are being fetched, or were: the queue, in order of its ids. */
export const migration: Migration = {
  version: 9,
  name: 'pulls',
  sql: `
    CREATE TABLE pulls (
      id TEXT PRIMARY KEY,                     -- UUIDv7: in order of time
      name TEXT NOT NULL,                      -- of the model, once it is there
      request TEXT NOT NULL,                   -- JSON: files with their sources, sizes and digests, and the licence
      load INTEGER NOT NULL CHECK (load IN (0, 1)),
      state TEXT NOT NULL,                     -- queued, downloading, verifying, paused, completed, failed, cancelled
      received_bytes INTEGER NOT NULL,         -- told by whoever downloads it, every few seconds
      total_bytes INTEGER,
      tries INTEGER NOT NULL,                  -- that failed in a row for a reason that may pass
      next_try_at_ms INTEGER,
      error_code TEXT,
      error_message TEXT,
      verified INTEGER CHECK (verified IN (0, 1)),
      created_at_ms INTEGER NOT NULL,
      updated_at_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
}
