import { z } from 'zod'
import { switchableTools } from '../../protocol/tools.ts'
import { procedure, router } from '../trpc.ts'

/** Longest that a trial may take, its look-ups and redirects included. */
const TRY_MS = 30_000

const byName = z.object({ name: z.enum(switchableTools) })

/** What workflows may use of this computer's way to the internet. Keys go in and never come out. */
export const toolsRouter = router({
  list: procedure.query(({ ctx }) => ctx.node.tools.list()),

  set: procedure
    .input(byName.extend({ enabled: z.boolean().optional(), endpoint: z.string().max(512).nullish() }))
    .mutation(async ({ ctx, input: { name, ...change } }) => {
      await ctx.node.tools.set(name, change)
      return ctx.node.tools.list()
    }),
  /** Null forgets the key. */
  setKey: procedure
    .input(byName.extend({ key: z.string().max(4096).nullable() }))
    .mutation(async ({ ctx, input: { name, key } }) => {
      await ctx.node.tools.setKey(name, key)
      return ctx.node.tools.list()
    }),
  /** Uses the tool once, and answers with the beginning of what it says. */
  try: procedure.input(byName).mutation(({ ctx, input, signal }) => {
    const bound = AbortSignal.timeout(TRY_MS)
    return ctx.node.tools.try(input.name, {
      signal: signal === undefined ? bound : AbortSignal.any([signal, bound]),
    })
  }),
})
