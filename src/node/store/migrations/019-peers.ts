import type { Migration } from '../contract.ts'

/** What peers did wrong, newest last, and until when they are kept out for it. */
export const migration: Migration = {
  version: 19,
  name: 'peers',
  sql: `
    CREATE TABLE misdeeds (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      at_ms INTEGER NOT NULL,
      peer_id TEXT NOT NULL,
      misdeed TEXT NOT NULL,
      detail TEXT NOT NULL,
      times INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE quarantines (
      peer_id TEXT PRIMARY KEY,
      began_at_ms INTEGER NOT NULL,
      until_ms INTEGER NOT NULL,
      times INTEGER NOT NULL,
      misdeed TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX quarantines_until ON quarantines (until_ms);
  `,
}
