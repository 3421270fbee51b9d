import type { Migration } from '../contract.ts'

/** What small deviations of a node's checked results come to, for each model; where they come to nothing there is no row. */
export const migration: Migration = {
  version: 20,
  name: 'evidence',
  sql: `
    CREATE TABLE peer_evidence (
      node TEXT NOT NULL,                      -- peer id
      model_digest BLOB NOT NULL,              -- SHA-256 of the weights
      at_ms INTEGER NOT NULL,                  -- when the numbers were as they are; they fade from then on
      score REAL NOT NULL,                     -- nats
      answers REAL NOT NULL,
      places REAL NOT NULL,
      strange REAL NOT NULL,
      PRIMARY KEY (node, model_digest)
    ) STRICT, WITHOUT ROWID;
  `,
}
