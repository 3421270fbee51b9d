import { z } from 'zod'
import { follow } from '../follow.ts'
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
  /** A link or a notification leads somewhere in the window: its location's hash. */
  onGoTo: procedure.subscription(async function* ({ ctx, signal }) {
    const requests = follow<string>((listener) => ctx.shell.onGoTo(listener), signal)
    for await (const routes of requests) {
      const route = routes.at(-1)
      if (route !== undefined) yield route
    }
  }),
  /** Files that were opened elsewhere, by a file manager say, are to be taken as if they had been dropped onto the window. */
  onOpenFiles: procedure.subscription(async function* ({ ctx, signal }) {
    const opened = follow<readonly string[]>((listener) => ctx.shell.onOpenFiles(listener), signal)
    for await (const batch of opened) {
      for (const paths of batch) {
        ctx.workflowFiles.give(paths)
        yield paths
      }
    }
  }),
})
