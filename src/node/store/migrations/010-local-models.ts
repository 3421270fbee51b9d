import type { Migration } from '../contract.ts'

/** What the last scan for models on this computer found: one row, and a row for each name of each file. */
export const migration: Migration = {
  version: 10,
  name: 'local-models',
  sql: `
    CREATE TABLE local_scans (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      finished_at_ms INTEGER NOT NULL,
      places TEXT NOT NULL,                    -- JSON: source and path of each
      skipped TEXT NOT NULL                    -- JSON: path and reason of each
    ) STRICT;

    CREATE TABLE found_files (
      position INTEGER PRIMARY KEY,            -- in the order in which they were found
      path TEXT NOT NULL,
      file TEXT NOT NULL                       -- JSON: source, name, size, what it says of itself
    ) STRICT;

    CREATE INDEX found_files_by_path ON found_files (path);
  `,
}
