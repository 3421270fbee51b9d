import type { Migration } from '../contract.ts'

/**
 * Tasks that this identity asks others to execute. Whole tasks live here and not in memory, so that ten thousand of
 * them cost the process no more than ten. Several processes may share the table: each task has one that drives it.
 */
export const migration: Migration = {
  version: 5,
  name: 'requests',
  sql: `
    CREATE TABLE requests (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      task_id TEXT NOT NULL UNIQUE,
      driver TEXT NOT NULL,                    -- of request_drivers: the process that places and polls it
      offer_key TEXT NOT NULL,                 -- tasks with the same key share an offer
      title TEXT NOT NULL,
      workflow_json TEXT NOT NULL,
      input TEXT,
      temperature REAL,
      seed INTEGER,
      models TEXT NOT NULL,                    -- JSON array of names, in the requester's order
      max_prompt_micro_per_1k INTEGER NOT NULL,
      max_completion_micro_per_1k INTEGER NOT NULL,
      stream INTEGER NOT NULL DEFAULT 0,
      cancel_on_disconnect INTEGER NOT NULL DEFAULT 0,
      deadline_ms INTEGER NOT NULL,
      created_at_ms INTEGER NOT NULL,
      ended_at_ms INTEGER,
      state TEXT NOT NULL,
      node TEXT,                               -- peer id of who has it now
      model TEXT,                              -- what that node runs it with
      prompt_tokens INTEGER,
      completion_tokens INTEGER,
      first_token_ms INTEGER,
      total_ms INTEGER,
      amount_micro INTEGER,
      outcome_payload BLOB,
      outcome_signature BLOB,
      receipt_payload BLOB,
      receipt_signature BLOB,
      receipt_state TEXT NOT NULL DEFAULT 'none'
        CHECK (receipt_state IN ('none', 'waiting', 'acknowledged', 'refused')),
      receipt_reason TEXT,
      ledger_seq INTEGER,
      error_code TEXT,
      error_message TEXT
    ) STRICT;

    CREATE INDEX requests_page ON requests (created_at_ms, task_id);
    CREATE INDEX requests_state ON requests (state, created_at_ms, task_id);
    CREATE INDEX requests_unplaced ON requests (driver, offer_key, seq) WHERE ended_at_ms IS NULL AND node IS NULL;
    CREATE INDEX requests_deadline ON requests (driver, deadline_ms) WHERE ended_at_ms IS NULL;
    CREATE INDEX requests_receipts ON requests (ended_at_ms) WHERE receipt_state = 'waiting';

    -- Every node that was given the task and may still answer it, with the price that was agreed.
    CREATE TABLE request_assignments (
      task_id TEXT NOT NULL REFERENCES requests (task_id),
      node TEXT NOT NULL,                      -- peer id; its key signs the outcome
      addresses TEXT NOT NULL,                 -- JSON array of multiaddrs
      model TEXT NOT NULL,
      model_digest BLOB NOT NULL,
      context_size INTEGER NOT NULL,
      prompt_micro_per_1k INTEGER NOT NULL,
      completion_micro_per_1k INTEGER NOT NULL,
      assigned_at_ms INTEGER NOT NULL,
      accepted_at_ms INTEGER,
      PRIMARY KEY (task_id, node)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE request_transitions (
      task_id TEXT NOT NULL REFERENCES requests (task_id),
      seq INTEGER NOT NULL,                    -- 1, 2, 3... for each task
      state TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      reason TEXT,
      PRIMARY KEY (task_id, seq)
    ) STRICT, WITHOUT ROWID;

    -- The processes that drive tasks. One that no longer renews its lease, or no longer runs, may be taken over from.
    CREATE TABLE request_drivers (
      driver TEXT PRIMARY KEY,
      pid INTEGER NOT NULL,
      lease_until_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `,
}
