import { z } from 'zod'
import { firstRunSteps, optionalTasks } from '../../protocol/first-run-views.ts'

/** How far the set-up of a node has come: what survives the process. */
export const firstRunProgressSchema = z.object(
  {
    stage: z.enum(['new', 'steps', 'done']),
    step: z.enum(firstRunSteps),
    /** Whether it was on the network once, by whatever way. */
    joined: z.boolean(),
    /** What the operator does without. */
    left: z.array(z.enum(optionalTasks)).max(optionalTasks.length),
    /** `wanted` without a name is the best one for this computer. `asked`: it was put among the downloads. */
    model: z.object({
      state: z.enum(['open', 'wanted', 'asked', 'unsuitable']),
      name: z.string().max(256).optional(),
    }),
    testPassedAtMs: z.int().min(0).optional(),
    dismissed: z.boolean(),
  },
  'what the window writes',
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
      peerId: z.string().max(128),
      path: z.string().max(4096),
      atMs: z.int().min(0),
      /** Whether it was read back and opened. */
      verified: z.boolean(),
    },
    'what driad identity backup writes',
  )
  .nullable()
