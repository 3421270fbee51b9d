import { z } from 'zod'
import { firstRunSteps, optionalTasks } from '../../protocol/first-run-views.ts'
import { latest } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

const CHANGE_INTERVAL_MS = 100
const passphrase = z.string().max(1024)

/** Setting this node up. Passphrases come in and go nowhere. */
export const firstRunRouter = router({
  view: procedure.query(({ ctx }) => ctx.node.firstRun.view()),

  onChange: procedure.subscription(({ ctx, signal }) =>
    latest(
      () => ctx.node.firstRun.view(),
      (listener) => {
        const unsubscribe = [ctx.node.firstRun.onChange(listener), ctx.node.onStatus(listener)]
        return () => {
          for (const end of unsubscribe) end()
        }
      },
      CHANGE_INTERVAL_MS,
      signal,
    ),
  ),

  /** The one click. Joins now, and again by itself at the next start. */
  startEarning: procedure.mutation(({ ctx, signal }) =>
    ctx.node.firstRun.startEarning(signal === undefined ? {} : { signal }),
  ),
  goTo: procedure
    .input(z.object({ step: z.enum(firstRunSteps) }))
    .mutation(({ ctx, input }) => ctx.node.firstRun.goTo(input.step)),
  finish: procedure.mutation(({ ctx }) => ctx.node.firstRun.finish()),
  /** Without a name, the best one for this computer. */
  choose: procedure
    .input(z.object({ name: z.string().min(1).max(128).optional() }))
    .mutation(({ ctx, input }) => ctx.node.firstRun.choose(input.name)),
  leave: procedure
    .input(z.object({ task: z.enum(optionalTasks) }))
    .mutation(({ ctx, input }) => ctx.node.firstRun.leave(input.task)),
  dismiss: procedure
    .input(z.object({ dismissed: z.boolean() }))
    .mutation(({ ctx, input }) => ctx.node.firstRun.dismiss(input.dismissed)),

  /** Asks where to; false when the person changed their mind. */
  backUp: procedure.input(z.object({ passphrase })).mutation(async ({ ctx, input }) => {
    const { peerId } = ctx.node.identity
    const path = await ctx.shell.pickSaveTarget({
      purpose: 'saveKey',
      suggestedName: `driad-key-${peerId.slice(-8)}.json`,
    })
    if (path === null) return false
    await ctx.node.firstRun.backUp(path, input.passphrase)
    return true
  }),
  checkBackup: procedure
    .input(z.object({ passphrase }))
    .mutation(({ ctx, input }) => ctx.node.firstRun.checkBackup(input.passphrase)),

  /**
   * Asks for a backup's file, takes its key and restarts the program. `cancelled` when the person changed their mind, `already`
   * where it is this node's key.
   */
  restore: procedure
    .input(z.object({ passphrase }))
    .mutation(async ({ ctx, input }): Promise<'restarting' | 'already' | 'cancelled'> => {
      const path = await ctx.shell.pickFile({ purpose: 'openKey', extensions: ['json'] })
      if (path === null) return 'cancelled'
      const work = await ctx.node.firstRun.prepareRestore(path, input.passphrase)
      if (work === undefined) return 'already'
      ctx.shell.restart(work)
      return 'restarting'
    }),

  test: procedure.mutation(({ ctx }) => ctx.node.firstRun.test()),
})
