import { z } from 'zod'
import { latest } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

const CHANGE_INTERVAL_MS = 250

/** What was mended, safe mode and its ways out, and backups. */
export const recoveryRouter = router({
  view: procedure.query(({ ctx }) => ctx.node.recovery.view()),

  onChange: procedure.subscription(({ ctx, signal }) =>
    latest(
      () => ctx.node.recovery.view(),
      (listener) => ctx.node.recovery.onChange(listener),
      CHANGE_INTERVAL_MS,
      signal,
    ),
  ),

  dismiss: procedure
    .input(z.object({ id: z.string().max(64) }))
    .mutation(({ ctx, input }) => ctx.node.recovery.dismiss(input.id)),

  /** Opens the folder where what was damaged lies. */
  openKept: procedure.input(z.object({ id: z.string().max(64) })).mutation(async ({ ctx, input }) => {
    const path = ctx.node.recovery.keptFolderOf(input.id)
    if (path !== undefined) await ctx.shell.openFolder(path)
  }),

  backUp: procedure.mutation(({ ctx }) => ctx.node.recovery.backUp()),

  /** Out of safe mode, with a GPU or without. */
  startNormally: procedure.input(z.object({ withoutGpu: z.boolean() })).mutation(async ({ ctx, input }) => {
    if (input.withoutGpu) await ctx.node.settings.set({ devices: ['cpu'] })
    await ctx.node.startNormally()
  }),

  /** Starts the program again, with a backup in the place of the database. */
  restoreBackup: procedure.input(z.object({ name: z.string().max(128) })).mutation(({ ctx, input }) => {
    ctx.node.recovery.restoreAtStart(input.name)
    ctx.shell.restart()
  }),

  /** Starts the program again, with every setting at its default. */
  resetSettings: procedure.mutation(({ ctx }) => {
    ctx.node.recovery.resetSettingsAtStart()
    ctx.shell.restart()
  }),

  /** Starts the program again, which mends what was found to be damaged. */
  restart: procedure.mutation(({ ctx }) => ctx.shell.restart()),
})
