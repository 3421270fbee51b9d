import type { Migration } from '../contract.ts'

/** How far the tasks that this node executes have come, and the newest steps of each for those who look at it. */
export const migration: Migration = {
  version: 7,
  name: 'task-progress',
  sql: `
    CREATE TABLE node_task_checkpoints (
      task_id TEXT PRIMARY KEY REFERENCES node_tasks (task_id),
      state TEXT NOT NULL                      -- JSON: all that the run has reached
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE node_task_steps (
      task_id TEXT NOT NULL REFERENCES node_tasks (task_id),
      seq INTEGER NOT NULL,                    -- 1, 2, 3... for each task; the oldest are dropped
      report TEXT NOT NULL,                    -- JSON, clipped
      PRIMARY KEY (task_id, seq)
    ) STRICT, WITHOUT ROWID;
  `,
}
