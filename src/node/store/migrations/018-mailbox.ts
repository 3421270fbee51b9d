import type { Migration } from '../contract.ts'

/** Letters that this node keeps for others, those that it left with others, and where a node said it would leave ours. */
export const migration: Migration = {
  version: 18,
  name: 'mailbox',
  sql: `
    CREATE TABLE letters (
      task_id TEXT NOT NULL,
      depositor TEXT NOT NULL,                 -- peer id of the node that executed the task
      recipient TEXT NOT NULL,                 -- peer id of the identity that may fetch it
      sealed BLOB,                             -- gone once it is answered
      size_bytes INTEGER NOT NULL,
      reply_payload BLOB,                      -- the recipient's signed MailRequest
      reply_signature BLOB,
      left_at_ms INTEGER NOT NULL,
      expires_at_ms INTEGER NOT NULL,
      PRIMARY KEY (task_id, depositor)
    ) STRICT;
    CREATE INDEX letters_depositor ON letters (depositor, size_bytes);
    CREATE INDEX letters_recipient ON letters (recipient, size_bytes);
    CREATE INDEX letters_expiry ON letters (expires_at_ms);

    CREATE TABLE left_letters (
      task_id TEXT NOT NULL REFERENCES node_tasks (task_id),
      mailbox TEXT NOT NULL,                   -- peer id of who keeps it
      addresses TEXT NOT NULL,                 -- JSON array of multiaddrs
      expires_at_ms INTEGER NOT NULL,
      PRIMARY KEY (task_id, mailbox)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX left_letters_mailbox ON left_letters (mailbox);

    ALTER TABLE request_assignments ADD COLUMN mailboxes TEXT NOT NULL DEFAULT '[]';  -- JSON array of multiaddrs
  `,
}
