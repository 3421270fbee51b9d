import type { Migration } from '../contract.ts'

/** What is remembered of devices, and what commands ask the running node about them. */
export const migration: Migration = {
  version: 12,
  name: 'devices',
  sql: `
    CREATE TABLE device_facts (
      key TEXT PRIMARY KEY,                    -- last_good, chosen_names, seen, view, request, answer
      value_json TEXT NOT NULL,
      updated_at_ms INTEGER NOT NULL
    ) STRICT;
  `,
}
