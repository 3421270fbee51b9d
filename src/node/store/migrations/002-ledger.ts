import type { Migration } from '../contract.ts'

/**
 * The ledger. `seq` is the rowid, so SQLite's own integrity check names the entry ("row 3 missing from index…").
 * Rows are never changed or removed: the triggers say so, and `verify` notices if somebody went round them.
 */
export const migration: Migration = {
  version: 2,
  name: 'ledger',
  sql: `
    CREATE TABLE ledger (
      seq INTEGER NOT NULL PRIMARY KEY,
      task_id TEXT NOT NULL,
      direction TEXT NOT NULL CHECK (direction IN ('credit', 'debit')),
      amount_micro INTEGER NOT NULL CHECK (amount_micro > 0),
      counterparty TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('acknowledged', 'settled')),
      model TEXT NOT NULL,
      result_hash BLOB NOT NULL,
      created_at_ms INTEGER NOT NULL,
      receipt_payload BLOB NOT NULL,
      receipt_public_key BLOB NOT NULL,
      receipt_signature BLOB NOT NULL,
      outcome_payload BLOB NOT NULL,
      outcome_public_key BLOB NOT NULL,
      outcome_signature BLOB NOT NULL,
      prev_hash BLOB NOT NULL,
      hash BLOB NOT NULL
    ) STRICT;

    CREATE UNIQUE INDEX ledger_task ON ledger (task_id, direction);
    CREATE INDEX ledger_sums ON ledger (created_at_ms, direction, amount_micro);

    CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
    BEGIN SELECT RAISE(ABORT, 'ledger entries cannot be changed'); END;
    CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
    BEGIN SELECT RAISE(ABORT, 'ledger entries cannot be removed'); END;
  `,
}
