import { z } from 'zod'
import { latest } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

const CHANGE_INTERVAL_MS = 500

const name = z.string().min(1).max(128)

/** All but `open`, which is the window's own. */
const mend = z.discriminatedUnion('act', [
  z.object({ act: z.literal('join') }),
  z.object({ act: z.literal('rejoin') }),
  z.object({ act: z.literal('restart_inference') }),
  z.object({ act: z.literal('probe_devices') }),
  z.object({ act: z.literal('load_model'), name }),
  z.object({ act: z.literal('pull_model'), name }),
  z.object({ act: z.literal('retry_download'), id: z.string().min(1).max(64) }),
  z.object({ act: z.literal('clean_partials') }),
  z.object({ act: z.literal('check_database') }),
])

/** Whether all is right for this computer to earn, and what mends it where it is not. */
export const healthRouter = router({
  view: procedure.query(({ ctx }) => ctx.node.health.view()),

  onChange: procedure.subscription(({ ctx, signal }) =>
    latest(
      () => ctx.node.health.view(),
      (listener) => ctx.node.health.onChange(listener),
      CHANGE_INTERVAL_MS,
      signal,
    ),
  ),

  /** Looks again at once, at what is looked at now and then. */
  refresh: procedure.mutation(async ({ ctx }) => {
    await ctx.node.health.refresh()
    return ctx.node.health.view()
  }),

  /** Does what a check offers, and tells what all checks say then. */
  mend: procedure.input(mend).mutation(async ({ ctx, input }) => {
    await ctx.node.health.mend(input)
    return ctx.node.health.view()
  }),
})
