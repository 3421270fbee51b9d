import { z } from 'zod'
import { latest } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

const CHANGE_INTERVAL_MS = 250

export const devicesRouter = router({
  view: procedure.query(({ ctx }) => ctx.node.devices.view()),

  onChange: procedure.subscription(({ ctx, signal }) =>
    latest(
      () => ctx.node.devices.view(),
      (listener) => ctx.node.devices.onChange(listener),
      CHANGE_INTERVAL_MS,
      signal,
    ),
  ),

  /** Looks again, and brings back what is there again. */
  probe: procedure.mutation(({ ctx }) => ctx.node.devices.probe('asked')),
  /** What is to be used; checked by the settings themselves. To choose `auto` is to accept what there is. */
  choose: procedure
    .input(z.object({ devices: z.unknown().optional(), cpuFallback: z.boolean().optional() }))
    .mutation(({ ctx, input }) => ctx.node.devices.choose(input)),
})
