import { z } from 'zod'
import { procedure, router } from '../trpc.ts'

export const appRouter = router({
  info: procedure.query(({ ctx }) => ctx.shell.appInfo()),
  openDataFolder: procedure.mutation(({ ctx }) => ctx.shell.openFolder(ctx.node.dataDir)),
  /** In the system's browser: the window itself goes nowhere. */
  openLink: procedure
    .input(z.object({ url: z.url({ protocol: /^https?$/ }).max(2048) }))
    .mutation(({ ctx, input }) => ctx.shell.openLink(input.url)),
  copy: procedure
    .input(z.object({ text: z.string().max(16_000_000) }))
    .mutation(({ ctx, input }) => ctx.shell.copyText(input.text)),
})
