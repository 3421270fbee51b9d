import { z } from 'zod'
import { latest } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

/** Status changes reach the window at most this often. */
const STATUS_INTERVAL_MS = 200

const unixMs = z.int().min(0).max(8.64e15)

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
  /** Until a unix time, or until resumed; kept over a restart. */
  pause: procedure
    .input(z.object({ untilMs: unixMs.optional() }).optional())
    .mutation(({ ctx, input }) => ctx.node.guest.pause({ untilMs: input?.untilMs })),
  /** Back to the rules. */
  resume: procedure.mutation(({ ctx }) => ctx.node.guest.resume()),
  /** In spite of the rules, until a unix time. */
  serveUntil: procedure
    .input(z.object({ untilMs: unixMs }))
    .mutation(({ ctx, input }) => ctx.node.guest.serveUntil(input.untilMs)),

  /** Starts the inference process anew; models that it took down with it get another chance. */
  restartInference: procedure.mutation(async ({ ctx }) => {
    await ctx.node.restartInference()
  }),

  throughput: procedure.query(({ ctx }) => ctx.node.throughput()),
})
