import type { Migration } from '../contract.ts'

/**
 * Tasks that this node executes for others. The signed assignment is kept whole: it holds the workflow, the input and
 * the price agreed, and it is what a dispute would be settled by. Amounts are integers of micro-credits.
 */
export const migration: Migration = {
  version: 4,
  name: 'node-tasks',
  sql: `
    CREATE TABLE node_tasks (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      task_id TEXT NOT NULL UNIQUE,
      requester TEXT NOT NULL,                 -- peer id of the identity that pays
      contact TEXT NOT NULL,                   -- peer id to push the outcome to
      contact_addresses TEXT NOT NULL,         -- JSON array of multiaddrs
      assignment_payload BLOB NOT NULL,
      assignment_signature BLOB NOT NULL,
      title TEXT NOT NULL,
      model TEXT NOT NULL,
      deadline_ms INTEGER NOT NULL,
      created_at_ms INTEGER NOT NULL,
      ended_at_ms INTEGER,
      state TEXT NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,     -- how often a start of the node took it up again
      error_code TEXT,
      error_message TEXT,
      prompt_tokens INTEGER NOT NULL DEFAULT 0,
      completion_tokens INTEGER NOT NULL DEFAULT 0,
      first_token_ms INTEGER,
      total_ms INTEGER,
      amount_micro INTEGER,
      outcome_payload BLOB,
      outcome_signature BLOB,
      receipt_state TEXT NOT NULL DEFAULT 'none'
        CHECK (receipt_state IN ('none', 'waiting', 'superseded', 'unpaid', 'acknowledged')),
      delivered_at_ms INTEGER,
      ledger_seq INTEGER,
      unpaid_reason TEXT
    ) STRICT;

    CREATE INDEX node_tasks_page ON node_tasks (created_at_ms, task_id);
    CREATE INDEX node_tasks_state ON node_tasks (state, created_at_ms, task_id);
    CREATE INDEX node_tasks_ended ON node_tasks (ended_at_ms) WHERE ended_at_ms IS NOT NULL;
    CREATE INDEX node_tasks_unfinished ON node_tasks (seq) WHERE ended_at_ms IS NULL;
    CREATE INDEX node_tasks_unacknowledged ON node_tasks (requester, receipt_state, ended_at_ms)
      WHERE receipt_state IN ('waiting', 'superseded', 'unpaid');
    CREATE INDEX node_tasks_outbox ON node_tasks (contact, ended_at_ms) WHERE receipt_state = 'waiting';

    CREATE TABLE node_task_transitions (
      task_id TEXT NOT NULL REFERENCES node_tasks (task_id),
      seq INTEGER NOT NULL,                    -- 1, 2, 3... for each task
      state TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      reason TEXT,
      PRIMARY KEY (task_id, seq)
    ) STRICT, WITHOUT ROWID;
  `,
}
