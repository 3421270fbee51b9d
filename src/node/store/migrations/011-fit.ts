import type { Migration } from '../contract.ts'

/** What was learned of this computer by loading models: how far estimates of memory were off, how fast its memory is. */
export const migration: Migration = {
  version: 11,
  name: 'fit',
  sql: `
    CREATE TABLE fit_corrections (
      architecture TEXT NOT NULL,
      backend TEXT NOT NULL,                   -- cpu, cuda, vulkan, metal
      device TEXT NOT NULL,
      factor REAL NOT NULL,                    -- taken over estimated, of all but the weights
      samples INTEGER NOT NULL,
      updated_at_ms INTEGER NOT NULL,
      PRIMARY KEY (architecture, backend, device)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE fit_memory_speed (
      cpu TEXT PRIMARY KEY,
      bytes_per_second REAL NOT NULL,
      measured_at_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
}
