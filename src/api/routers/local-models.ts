import { z } from 'zod'
import { MAX_ADDED_PATHS } from '../../node/models/local/local-models.ts'
import { localModelSources } from '../../protocol/local-model-views.ts'
import { latest } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

const CHANGE_INTERVAL_MS = 250
const byName = z.object({ name: z.string().min(1).max(128) })
const paths = z.array(z.string().min(1).max(4096)).max(MAX_ADDED_PATHS)

/** Models that are on this computer already, and what models take of its disk. */
export const localModelsRouter = router({
  /** What the last scan found; while one runs, also how far it is. */
  results: procedure.query(({ ctx }) => ctx.node.localModels.view()),
  onChange: procedure.subscription(({ ctx, signal }) =>
    latest(
      () => ctx.node.localModels.view(),
      (listener) => {
        const ends = [ctx.node.localModels.onChange(listener), ctx.node.models.onChange(listener)]
        return () => {
          for (const end of ends) end()
        }
      },
      CHANGE_INTERVAL_MS,
      signal,
    ),
  ),
  /** Begins a scan and does not wait for it: `onChange` tells of it. */
  scan: procedure
    .input(z.object({ sources: z.array(z.enum(localModelSources)).min(1).optional() }).optional())
    .mutation(({ ctx, input }) => {
      void ctx.node.localModels
        .scan(input?.sources === undefined ? {} : { sources: input.sources })
        .catch(() => undefined)
    }),
  /** Ends a scan and the making of digests. */
  cancel: procedure.mutation(async ({ ctx }) => {
    await ctx.node.localModels.cancel()
  }),
  makeDigests: procedure.mutation(({ ctx }) => {
    ctx.node.localModels.makeDigests()
  }),

  /** Files and folders, as they were found or dropped onto the window; tells what became of each file. */
  addFiles: procedure
    .input(z.object({ paths: paths.min(1) }))
    .mutation(({ ctx, input }) => ctx.node.localModels.addFiles(input.paths)),

  pickFolder: procedure.mutation(({ ctx }) => ctx.shell.pickFolder({ purpose: 'modelFolder' })),

  diskUse: procedure.query(({ ctx }) => ctx.node.localModels.diskUse()),
  /** What removing a model would delete and free. */
  planRemoval: procedure
    .input(byName)
    .query(({ ctx, input }) => ctx.node.localModels.planRemoval(input.name)),
  remove: procedure
    .input(byName.extend({ deleteFile: z.boolean() }))
    .mutation(({ ctx, input: { name, deleteFile } }) => ctx.node.localModels.remove(name, { deleteFile })),
  leftovers: procedure.query(({ ctx }) => ctx.node.localModels.leftovers()),
  /** Deletes leftovers, all of them where none are named. */
  cleanLeftovers: procedure
    .input(z.object({ paths: paths.optional() }).optional())
    .mutation(({ ctx, input }) => ctx.node.localModels.cleanLeftovers(input?.paths)),
  openFolder: procedure.mutation(async ({ ctx }) => {
    const { modelsFolder } = await ctx.node.localModels.diskUse()
    await ctx.shell.openFolder(modelsFolder)
  }),
})
