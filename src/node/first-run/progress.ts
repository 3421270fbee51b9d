import { z } from 'zod'
import { firstRunSteps, optionalTasks } from '../../protocol/first-run-views.ts'

// Nobody writes these by hand, so whatever is not valid is told the same.
const WORDS = 'what the window writes'
const BACKUP_WORDS = 'what driad identity backup writes'

/** How far the set-up of a node has come: what survives the process. */
export const firstRunProgressSchema = z.object(
  {
    stage: z.enum(['new', 'steps', 'done'], WORDS),
    step: z.enum(firstRunSteps, WORDS),
    /** Whether it was on the network once, by whatever way. */
    joined: z.boolean(WORDS),
    /** What the operator does without. */
    left: z.array(z.enum(optionalTasks, WORDS), WORDS).max(optionalTasks.length, WORDS),
    /** `wanted` without a name is the best one for this computer. `asked`: it was put among the downloads. */
    model: z.object(
      {
        state: z.enum(['open', 'wanted', 'asked', 'unsuitable'], WORDS),
        name: z.string(WORDS).max(256, WORDS).optional(),
      },
      WORDS,
    ),
    testPassedAtMs: z.int(WORDS).min(0, WORDS).optional(),
    dismissed: z.boolean(WORDS),
  },
  WORDS,
)
export type FirstRunProgress = z.output<typeof firstRunProgressSchema>

export const nothingDone: FirstRunProgress = {
  stage: 'new',
  step: 'welcome',
  joined: false,
  left: [],
  model: { state: 'open' },
  dismissed: false,
}

/** Of the identity's key. Of another identity than the folder's it counts for nothing. */
export const identityBackupSchema = z
  .object(
    {
      peerId: z.string(BACKUP_WORDS).max(128, BACKUP_WORDS),
      path: z.string(BACKUP_WORDS).max(4096, BACKUP_WORDS),
      atMs: z.int(BACKUP_WORDS).min(0, BACKUP_WORDS),
      /** Whether it was read back and opened. */
      verified: z.boolean(BACKUP_WORDS),
    },
    BACKUP_WORDS,
  )
  .nullable()
