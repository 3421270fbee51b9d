import { z } from 'zod'
import { latest } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

const CHANGE_INTERVAL_MS = 100

export const settingsRouter = router({
  get: procedure.query(({ ctx }) => ctx.node.settings.view()),
  /** The window is not alone in changing them: joining and leaving do, too. */
  onChange: procedure.subscription(({ ctx, signal }) =>
    latest(
      () => ctx.node.settings.view(),
      (listener) => ctx.node.settings.onChange(listener),
      CHANGE_INTERVAL_MS,
      signal,
    ),
  ),
  /** A patch in the view's form; checked by the settings themselves, with all that is wrong at once. */
  set: procedure.input(z.record(z.string().max(64), z.unknown())).mutation(async ({ ctx, input }) => {
    await ctx.node.settings.set(input)
    return ctx.node.settings.view()
  }),
})
