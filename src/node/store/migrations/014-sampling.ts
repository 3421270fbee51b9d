import type { Migration } from '../contract.ts'

/** All that a requester says of how tokens are chosen, as JSON, instead of a column for each. */
export const migration: Migration = {
  version: 14,
  name: 'sampling',
  sql: `
    ALTER TABLE requests ADD COLUMN sampling TEXT NOT NULL DEFAULT '{}';
    UPDATE requests SET sampling = json_patch('{}', json_object('temperature', temperature, 'seed', seed));
    ALTER TABLE requests DROP COLUMN temperature;
    ALTER TABLE requests DROP COLUMN seed;
  `,
}
