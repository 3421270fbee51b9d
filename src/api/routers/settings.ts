import { z } from 'zod'
import { procedure, router } from '../trpc.ts'

export const settingsRouter = router({
  get: procedure.query(({ ctx }) => ctx.node.settings.view()),
  /** A patch in the view's form; checked by the settings themselves, with all that is wrong at once. */
  set: procedure.input(z.record(z.string().max(64), z.unknown())).mutation(async ({ ctx, input }) => {
    await ctx.node.settings.set(input)
    return ctx.node.settings.view()
  }),
})
