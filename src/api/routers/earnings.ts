import { tracked } from '@trpc/server'
import { z } from 'zod'
import { follow } from '../follow.ts'
import { ledgerEntryView } from '../ledger-entry-view.ts'
import { procedure, router } from '../trpc.ts'

const extensions = { csv: 'csv', jsonl: 'jsonl', bundle: 'driad-ledger.jsonl' } as const

export const earningsRouter = router({
  summary: procedure
    .input(z.object({ days: z.number().int().min(1).max(366) }))
    .query(({ ctx, input }) => ctx.node.earnings(input.days)),

  /** A page of the ledger, newest first. */
  entries: procedure
    .input(
      z.object({
        beforeSeq: z.number().int().positive().optional(),
        limit: z.number().int().min(1).max(500),
      }),
    )
    .query(({ ctx, input }) =>
      ctx.node.ledger.entriesBefore(input.beforeSeq, input.limit).map(ledgerEntryView),
    ),

  /** Replays the ledger after `lastEventId`, then follows it. Gap-free: it listens before it reads. */
  onEntry: procedure
    .input(z.object({ lastEventId: z.coerce.number().int().nonnegative().nullish() }))
    .subscription(async function* ({ ctx, input, signal }) {
      const { ledger } = ctx.node
      const live = follow(ledger.onEntry.bind(ledger), signal)
      let seen = input.lastEventId ?? ledger.lastSeq()
      for (const entry of ledger.entriesAfter(seen)) {
        seen = entry.seq
        yield tracked(String(entry.seq), ledgerEntryView(entry))
      }
      for await (const batch of live) {
        for (const entry of batch) {
          if (entry.seq <= seen) continue // already replayed
          seen = entry.seq
          yield tracked(String(entry.seq), ledgerEntryView(entry))
        }
      }
    }),

  verify: procedure.mutation(({ ctx }) => ctx.node.ledger.verify()),

  exportFile: procedure
    .input(z.object({ format: z.enum(['csv', 'jsonl', 'bundle']) }))
    .mutation(async ({ ctx, input, signal }) => {
      const path = await ctx.shell.pickSaveTarget({
        title: 'Export the ledger',
        suggestedName: `driad-earnings.${extensions[input.format]}`,
      })
      if (path === null) return null
      await ctx.node.exportLedger(input.format, path, { signal })
      return { path }
    }),
})
