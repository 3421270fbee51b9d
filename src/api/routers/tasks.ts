import { z } from 'zod'
import { taskStates } from '../../protocol/task.ts'
import { follow } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

const taskRole = z.enum(['executed', 'requested'])
const taskKey = z.object({ role: taskRole, taskId: z.uuid() })

export const tasksRouter = router({
  list: procedure
    .input(
      z.object({
        role: taskRole.optional(),
        state: z.enum(taskStates).optional(),
        model: z.string().max(128).optional(),
        search: z.string().max(200).optional(),
        cursor: z.string().max(200).optional(),
        limit: z.number().int().min(1).max(200).default(50),
      }),
    )
    .query(({ ctx, input }) => ctx.node.tasks.list(input)),

  get: procedure.input(taskKey).query(({ ctx, input }) => ctx.node.tasks.get(input.role, input.taskId)),

  onChange: procedure.subscription(async function* ({ ctx, signal }) {
    for await (const batch of follow(ctx.node.tasks.onChange, signal)) yield* batch
  }),

  cancel: procedure
    .input(taskKey)
    .mutation(({ ctx, input, signal }) => ctx.node.tasks.cancel(input.role, input.taskId, { signal })),
})
