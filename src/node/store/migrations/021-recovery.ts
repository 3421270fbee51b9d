import type { Migration } from '../contract.ts'

/** Whose data it is, and what a damaged database lost for good: the ledger says it, and goes on without taking a number twice. */
export const migration: Migration = {
  version: 21,
  name: 'recovery',
  sql: `
    -- Whose histories these are: another identity's must never be mixed with them.
    CREATE TABLE data_owner (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      peer_id TEXT NOT NULL
    ) STRICT;

    -- Entries of the ledger that are known to have existed. The chain goes on behind them.
    CREATE TABLE ledger_gaps (
      from_seq INTEGER NOT NULL PRIMARY KEY,
      to_seq INTEGER NOT NULL CHECK (to_seq >= from_seq),
      next_prev_hash BLOB NOT NULL CHECK (length(next_prev_hash) = 32),  -- what the entry behind them names as its predecessor
      noted_at_ms INTEGER NOT NULL
    ) STRICT;

    -- Entries that are there, but not the row of their task.
    CREATE TABLE ledger_lost_tasks (
      seq INTEGER NOT NULL PRIMARY KEY REFERENCES ledger (seq),
      noted_at_ms INTEGER NOT NULL
    ) STRICT;
  `,
}
