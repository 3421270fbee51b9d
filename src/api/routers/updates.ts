import { latest } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

const CHANGE_INTERVAL_MS = 100

/** New versions of the program itself. */
export const updatesRouter = router({
  view: procedure.query(({ ctx }) => ctx.updates.view()),
  onChange: procedure.subscription(({ ctx, signal }) =>
    latest(
      () => ctx.updates.view(),
      (listener) => ctx.updates.onChange(listener),
      CHANGE_INTERVAL_MS,
      signal,
    ),
  ),
  check: procedure.mutation(({ ctx }) => ctx.updates.check()),
  /** The program may end before this answers. */
  install: procedure.mutation(({ ctx }) => ctx.updates.install()),
  skip: procedure.mutation(({ ctx }) => ctx.updates.skip()),
  dismiss: procedure.mutation(({ ctx }) => ctx.updates.dismiss()),
})
