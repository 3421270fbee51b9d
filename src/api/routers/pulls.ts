import { z } from 'zod'
import { latest } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

const CHANGE_INTERVAL_MS = 250
/** A repository may be listed in many pages, and its server be slow; a window waits no longer. */
const ADD_MS = 120_000

const byId = z.object({ id: z.string().min(1).max(64) })

/** Models that are being downloaded. The token for gated ones goes in and never comes out. */
export const pullsRouter = router({
  list: procedure.query(({ ctx }) => ctx.node.pulls.list()),

  onChange: procedure.subscription(({ ctx, signal }) =>
    latest(
      () => ctx.node.pulls.list(),
      (listener) => ctx.node.pulls.onChange(listener),
      CHANGE_INTERVAL_MS,
      signal,
    ),
  ),

  /** A name of the catalogue, `owner/repo/file.gguf`, `hf:owner/repo:Q4_K_M`, or an address. */
  add: procedure
    .input(
      z.object({
        model: z.string().min(1).max(2048),
        name: z.string().min(1).max(128).optional(),
        sha256: z
          .string()
          .regex(/^[0-9a-fA-F]{64}$/, 'a SHA-256 in hex')
          .optional(),
        load: z.boolean().optional(),
      }),
    )
    .mutation(({ ctx, input: { model, ...options }, signal }) => {
      const bound = AbortSignal.timeout(ADD_MS)
      return ctx.node.pulls.add(model, {
        ...options,
        signal: signal === undefined ? bound : AbortSignal.any([signal, bound]),
      })
    }),
  pause: procedure.input(byId).mutation(({ ctx, input }) => ctx.node.pulls.pause(input.id)),
  resume: procedure.input(byId).mutation(({ ctx, input }) => ctx.node.pulls.resume(input.id)),
  retry: procedure.input(byId).mutation(({ ctx, input }) => ctx.node.pulls.resume(input.id)),
  /** Removes what is there of it; one that has ended is only forgotten. */
  cancel: procedure.input(byId).mutation(({ ctx, input }) => ctx.node.pulls.cancel(input.id)),

  token: procedure.query(({ ctx }) => ctx.node.pulls.token()),
  /** Null forgets it. */
  setToken: procedure
    .input(z.object({ token: z.string().max(512).nullable() }))
    .mutation(async ({ ctx, input }) => {
      await ctx.node.pulls.setToken(input.token)
      return ctx.node.pulls.token()
    }),
})
