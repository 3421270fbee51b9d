import type { Migration } from '../contract.ts'

/** How nodes have treated this folder's tasks, and which of their results were checked. */
export const migration: Migration = {
  version: 17,
  name: 'trust',
  sql: `
    CREATE TABLE peer_reputation (
      node TEXT PRIMARY KEY,                   -- peer id
      at_ms INTEGER NOT NULL,                  -- when the numbers were as they are; they fade from then on
      succeeded REAL NOT NULL,
      failed REAL NOT NULL,
      agreed REAL NOT NULL,
      refuted REAL NOT NULL,
      speed_log_sum REAL NOT NULL,
      speed_weight REAL NOT NULL,
      delay_ms_sum REAL NOT NULL,
      delay_weight REAL NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX peer_reputation_age ON peer_reputation (at_ms);

    CREATE TABLE request_checks (
      task_id TEXT NOT NULL REFERENCES requests (task_id),
      node TEXT NOT NULL,
      method TEXT NOT NULL,
      verdict TEXT NOT NULL CHECK (verdict IN ('agreed', 'refuted', 'unclear')),
      reason TEXT NOT NULL,
      late INTEGER NOT NULL,                   -- 1: after it was accepted and paid
      at_ms INTEGER NOT NULL,
      PRIMARY KEY (task_id, node)
    ) STRICT, WITHOUT ROWID;

    -- The answer that a second node is asked about, where that is the task.
    ALTER TABLE requests ADD COLUMN score_text TEXT;

    -- The latest results of a node, for when it is caught.
    CREATE INDEX requests_of_node ON requests (node, ended_at_ms) WHERE outcome_payload IS NOT NULL;
  `,
}
