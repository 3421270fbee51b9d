import type { Migration } from '../contract.ts'

/**
 * Why tasks were not paid, what each requester owes, disputes, and settlements.
 *
 * `requester_accounts` is kept by a trigger, in the transaction that changes the task, so that it cannot be forgotten. A result
 * counts there with what it costs, but at least 10,000 micro-credits (or free ones could be left unpaid for ever) and at most
 * 10^12 (so that no sum overflows).
 */
export const migration: Migration = {
  version: 16,
  name: 'money',
  sql: `
    ALTER TABLE node_tasks ADD COLUMN unpaid_code TEXT;
    UPDATE node_tasks SET unpaid_code = CASE
        WHEN error_code = 'cancelled' THEN 'cancelled'
        WHEN error_code = 'deadline_exceeded' THEN 'expired'
        WHEN error_code IN ('bad_workflow', 'bad_offer', 'bad_message', 'bad_signature', 'too_large', 'operator_unavailable',
          'missing_input', 'condition_not_numeric', 'check_failed', 'max_steps_exceeded', 'max_time_exceeded',
          'context_exceeded', 'output_invalid', 'tool_refused') THEN 'failed_by_requester'
        WHEN error_code IS NOT NULL THEN 'failed_by_node'
        WHEN amount_micro = 0 THEN 'free'
        WHEN receipt_state = 'superseded' THEN 'superseded'
        WHEN receipt_state = 'unpaid' AND delivered_at_ms IS NULL THEN 'requester_gone'
        WHEN receipt_state = 'unpaid' THEN 'no_receipt'
      END
    WHERE ended_at_ms IS NOT NULL;

    DROP INDEX node_tasks_unacknowledged;
    CREATE INDEX node_tasks_superseded ON node_tasks (requester, ended_at_ms, error_code, amount_micro)
      WHERE receipt_state = 'superseded';
    CREATE INDEX node_tasks_open ON node_tasks (ended_at_ms, receipt_state, unpaid_code, amount_micro, requester, model)
      WHERE receipt_state IN ('waiting', 'superseded', 'unpaid') AND amount_micro > 0;
    CREATE INDEX node_tasks_unpaid ON node_tasks (ended_at_ms, seq, unpaid_code, amount_micro, receipt_state)
      WHERE unpaid_code IS NOT NULL AND (receipt_state <> 'waiting' OR amount_micro = 0);

    CREATE TABLE requester_accounts (
      requester TEXT PRIMARY KEY,              -- peer id of the identity that pays
      results INTEGER NOT NULL,                -- tasks that ended well
      results_micro INTEGER NOT NULL,
      last_result_ms INTEGER NOT NULL,
      waiting_micro INTEGER NOT NULL,          -- their receipts are due
      superseded_micro INTEGER NOT NULL,
      lost_micro INTEGER NOT NULL,             -- given up, or disputed
      acknowledged_micro INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX requester_accounts_strangers
      ON requester_accounts (last_result_ms, waiting_micro, superseded_micro, lost_micro)
      WHERE acknowledged_micro = 0 AND waiting_micro + superseded_micro + lost_micro > 0;

    INSERT INTO requester_accounts
      SELECT requester, count(*), sum(counted_micro), max(ended_at_ms),
        sum(counted_micro * (receipt_state = 'waiting')), sum(counted_micro * (receipt_state = 'superseded')),
        sum(counted_micro * (receipt_state = 'unpaid')),
        sum(counted_micro * (receipt_state = 'acknowledged' AND amount_micro > 0))
      FROM (SELECT requester, ended_at_ms, receipt_state, amount_micro,
              min(max(amount_micro, 10000), 1000000000000) AS counted_micro
            FROM node_tasks WHERE receipt_state <> 'none' AND error_code IS NULL)
      GROUP BY requester;

    CREATE TRIGGER node_tasks_account AFTER UPDATE OF receipt_state ON node_tasks
    WHEN NEW.receipt_state <> OLD.receipt_state AND NEW.error_code IS NULL
    BEGIN
      INSERT INTO requester_accounts
        SELECT NEW.requester, OLD.receipt_state = 'none', counted_micro * (OLD.receipt_state = 'none'), NEW.ended_at_ms,
          counted_micro * ((NEW.receipt_state = 'waiting') - (OLD.receipt_state = 'waiting')),
          counted_micro * ((NEW.receipt_state = 'superseded') - (OLD.receipt_state = 'superseded')),
          counted_micro * ((NEW.receipt_state = 'unpaid') - (OLD.receipt_state = 'unpaid')),
          counted_micro * (NEW.receipt_state = 'acknowledged' AND NEW.amount_micro > 0)
        FROM (SELECT min(max(NEW.amount_micro, 10000), 1000000000000) AS counted_micro)
        WHERE true
      ON CONFLICT (requester) DO UPDATE SET
        results = results + excluded.results,
        results_micro = results_micro + excluded.results_micro,
        last_result_ms = max(last_result_ms, excluded.last_result_ms),
        waiting_micro = waiting_micro + excluded.waiting_micro,
        superseded_micro = superseded_micro + excluded.superseded_micro,
        lost_micro = lost_micro + excluded.lost_micro,
        acknowledged_micro = acknowledged_micro + excluded.acknowledged_micro;
    END;

    -- What requesters had against results of this node, as they signed it.
    CREATE TABLE node_disputes (
      task_id TEXT PRIMARY KEY REFERENCES node_tasks (task_id),
      code TEXT NOT NULL,
      reason TEXT NOT NULL,
      payload BLOB NOT NULL,
      signature BLOB NOT NULL,
      received_at_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- What this identity had against results of others, with what they signed.
    CREATE TABLE request_disputes (
      task_id TEXT NOT NULL REFERENCES requests (task_id),
      node TEXT NOT NULL,                      -- peer id
      addresses TEXT NOT NULL,                 -- JSON array of multiaddrs
      code TEXT NOT NULL,
      reason TEXT NOT NULL,
      payload BLOB NOT NULL,
      signature BLOB NOT NULL,
      outcome_payload BLOB NOT NULL,
      outcome_signature BLOB NOT NULL,
      created_at_ms INTEGER NOT NULL,
      state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'refused')),
      PRIMARY KEY (task_id, node)
    ) STRICT;
    CREATE INDEX request_disputes_waiting ON request_disputes (created_at_ms) WHERE state = 'waiting';

    -- All that sums are made of, so that none has to read the entries.
    DROP INDEX ledger_sums;
    CREATE INDEX ledger_sums ON ledger (created_at_ms, direction, amount_micro, model, counterparty);
    CREATE INDEX ledger_parties ON ledger (direction, counterparty, created_at_ms);

    -- Statements that were issued (credits) or confirmed (debits) here, and their settlement by the payer.
    CREATE TABLE ledger_statements (
      hash BLOB PRIMARY KEY CHECK (length(hash) = 32),   -- SHA-256 of the payload
      direction TEXT NOT NULL CHECK (direction IN ('credit', 'debit')),
      counterparty TEXT NOT NULL,
      from_ms INTEGER NOT NULL,
      to_ms INTEGER NOT NULL,
      entries INTEGER NOT NULL,
      total_micro INTEGER NOT NULL,
      payload BLOB NOT NULL,
      signature BLOB NOT NULL,
      created_at_ms INTEGER NOT NULL,
      settlement_payload BLOB,
      settlement_signature BLOB,
      settled_at_ms INTEGER
    ) STRICT;
    CREATE INDEX ledger_statements_page ON ledger_statements (created_at_ms);
    CREATE INDEX ledger_statements_period ON ledger_statements (direction, counterparty, to_ms);

    -- The key is the promise: an entry is settled at most once.
    CREATE TABLE ledger_settled (
      seq INTEGER NOT NULL PRIMARY KEY REFERENCES ledger (seq),
      statement BLOB NOT NULL REFERENCES ledger_statements (hash)
    ) STRICT;
    CREATE INDEX ledger_settled_statement ON ledger_settled (statement);

    CREATE TRIGGER ledger_settled_no_update BEFORE UPDATE ON ledger_settled
    BEGIN SELECT RAISE(ABORT, 'what was settled cannot be changed'); END;
    CREATE TRIGGER ledger_settled_no_delete BEFORE DELETE ON ledger_settled
    BEGIN SELECT RAISE(ABORT, 'what was settled cannot be removed'); END;
  `,
}
