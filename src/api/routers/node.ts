import { latest } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

/** Status changes reach the window at most this often. */
const STATUS_INTERVAL_MS = 200

export const nodeRouter = router({
  status: procedure.query(({ ctx }) => ctx.node.status()),

  onStatus: procedure.subscription(({ ctx, signal }) =>
    latest(
      () => ctx.node.status(),
      (listener) => ctx.node.onStatus(listener),
      STATUS_INTERVAL_MS,
      signal,
    ),
  ),

  /** Joins now, and again by itself at the next start. */
  join: procedure.mutation(async ({ ctx, signal }) => {
    await ctx.node.join({ signal })
    await ctx.node.settings.set({ joinOnStart: true })
  }),
  leave: procedure.mutation(async ({ ctx }) => {
    await ctx.node.settings.set({ joinOnStart: false })
    await ctx.node.leave()
  }),
  pause: procedure.mutation(({ ctx }) => ctx.node.pause()),
  resume: procedure.mutation(({ ctx }) => ctx.node.resume()),

  /** Starts the inference process anew; models that it took down with it get another chance. */
  restartInference: procedure.mutation(async ({ ctx }) => {
    await ctx.node.restartInference()
  }),

  throughput: procedure.query(({ ctx }) => ctx.node.throughput()),
})
