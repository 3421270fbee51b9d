import type { Migration } from '../contract.ts'

/** Priorities, names that callers give their tasks, copies of one task for several nodes, and batches of tasks out of files. */
export const migration: Migration = {
  version: 15,
  name: 'volume',
  sql: `
    ALTER TABLE requests ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;   -- 0 low, 1 normal, 2 high
    ALTER TABLE requests ADD COLUMN task_key TEXT;                         -- the caller's: no two tasks have the same
    -- A task with more than one copy is never placed itself: it ends when its copies, which are requests, too, decide it.
    ALTER TABLE requests ADD COLUMN copies INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE requests ADD COLUMN agreement TEXT;                        -- 'majority' or 'all', where there are copies
    ALTER TABLE requests ADD COLUMN agreed_copy TEXT;                      -- the copy whose result the nodes agreed on
    ALTER TABLE requests ADD COLUMN copy_of TEXT;

    DROP INDEX requests_unplaced;
    CREATE INDEX requests_unplaced ON requests (driver, offer_key, priority, seq)
      WHERE ended_at_ms IS NULL AND node IS NULL;
    CREATE UNIQUE INDEX requests_key ON requests (task_key) WHERE task_key IS NOT NULL;
    CREATE INDEX requests_copies ON requests (copy_of) WHERE copy_of IS NOT NULL;

    -- Names the tasks of a file of tasks, by the file that their results go to.
    CREATE TABLE request_batches (
      out_path TEXT PRIMARY KEY,
      batch TEXT NOT NULL,
      created_at_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
}
