import { writeFile } from 'node:fs/promises'
import { tracked } from '@trpc/server'
import { z } from 'zod'
import { follow } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

/** The window keeps no more lines than this; so no more are replayed. */
const MAX_REPLAY = 5_000
const MAX_SAVED_CHARS = 64 * 1024 * 1024

export const logsRouter = router({
  /** Batches of lines after `lastEventId` (a line's seq), then what comes. */
  onLine: procedure
    .input(z.object({ lastEventId: z.coerce.number().int().nonnegative().nullish() }))
    .subscription(async function* ({ ctx, input, signal }) {
      const { logs } = ctx.node
      const live = follow(logs.onLine.bind(logs), signal)
      let seen = input.lastEventId ?? 0
      const replay = logs.linesAfter(seen, MAX_REPLAY)
      const newest = replay.at(-1)
      if (newest !== undefined) {
        seen = newest.seq
        yield tracked(String(seen), [...replay])
      }
      for await (const batch of live) {
        const fresh = batch.filter((line) => line.seq > seen)
        const last = fresh.at(-1)
        if (last === undefined) continue
        seen = last.seq
        yield tracked(String(seen), fresh)
      }
    }),

  save: procedure
    .input(z.object({ text: z.string().max(MAX_SAVED_CHARS) }))
    .mutation(async ({ ctx, input }) => {
      const path = await ctx.shell.pickSaveTarget({ purpose: 'saveLog', suggestedName: 'driad.log' })
      if (path === null) return null
      await writeFile(path, input.text)
      return { path }
    }),
})
