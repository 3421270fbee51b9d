import { z } from 'zod'
import { procedure, router } from '../trpc.ts'

const id = z.string().min(1).max(64)

/** What helps others to find out what is wrong here, looked at before it is saved. */
export const diagnosticsRouter = router({
  /** Puts a bundle together, and tells what is in it; the texts are read one by one. */
  prepare: procedure.mutation(async ({ ctx, signal }) => {
    const { files, ...view } = await ctx.node.diagnostics.prepare({ signal })
    return { ...view, files: files.map(({ name, sizeBytes }) => ({ name, sizeBytes })) }
  }),

  /** One file of it, as it would be saved. */
  file: procedure
    .input(z.object({ id, name: z.string().min(1).max(64) }))
    .query(({ ctx, input }) => ctx.node.diagnostics.file(input.id, input.name)),

  /** Null where the person changed their mind. */
  save: procedure.input(z.object({ id })).mutation(async ({ ctx, input }) => {
    const { diagnostics } = ctx.node
    const path = await ctx.shell.pickSaveTarget({
      purpose: 'saveDiagnostics',
      suggestedName: diagnostics.nameOf(input.id),
    })
    if (path === null) return null
    await diagnostics.save(input.id, path)
    return { path }
  }),
})
