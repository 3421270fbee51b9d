import { tracked } from '@trpc/server'
import { z } from 'zod'
import type { LedgerGapView } from '../../protocol/earnings-views.ts'
import { unpaidCodes } from '../../protocol/payment.ts'
import { MODEL_NAME_LENGTH } from '../../protocol/wire/limits.ts'
import { follow } from '../follow.ts'
import { ledgerEntryView } from '../ledger-entry-view.ts'
import { procedure, router } from '../trpc.ts'

const extensions = { csv: 'csv', jsonl: 'jsonl', bundle: 'driad-ledger.jsonl' } as const

const timeMs = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** Of one model, one requester, or both. */
const filter = {
  model: z.string().max(MODEL_NAME_LENGTH).optional(),
  requester: z.string().max(128).optional(),
}

export const earningsRouter = router({
  summary: procedure
    .input(z.object({ days: z.number().int().min(1).max(366) }))
    .query(({ ctx, input }) => ctx.node.earnings(input.days)),

  /** The last local days, oldest first: of all, or of one model or requester. */
  days: procedure
    .input(
      z.object({
        days: z.number().int().min(1).max(366),
        ...filter,
      }),
    )
    .query(({ ctx, input: { days, ...only } }) => ctx.node.money.byDay(days, only)),

  /** What was earned by day, with each of the best models: of all requesters, or of one. */
  modelDays: procedure
    .input(
      z.object({
        days: z.number().int().min(1).max(366),
        top: z.number().int().min(1).max(12),
        ...filter,
      }),
    )
    .query(({ ctx, input: { days, top, ...only } }) => ctx.node.money.byModelDay(days, top, only)),

  /** What each model or each requester brought in a time, the largest first. */
  groups: procedure
    .input(
      z.object({
        by: z.enum(['model', 'requester']),
        ...filter,
        fromMs: timeMs,
        toMs: timeMs,
        cursor: z.string().max(16).optional(),
        limit: z.number().int().min(1).max(200),
      }),
    )
    .query(({ ctx, input }) => ctx.node.money.byGroup(input)),

  /** Tasks that ended and brought nothing, newest first. */
  unpaid: procedure
    .input(
      z.object({
        code: z.enum(unpaidCodes).optional(),
        cursor: z.string().max(64).optional(),
        limit: z.number().int().min(1).max(200),
      }),
    )
    .query(({ ctx, input }) => ctx.node.money.unpaid(input)),

  /** How many there are of each cause. */
  unpaidCauses: procedure
    .input(z.object({ fromMs: timeMs, toMs: timeMs }))
    .query(({ ctx, input }) => ctx.node.money.unpaidCauses(input.fromMs, input.toMs)),

  /** What requesters may leave unpaid, and do. */
  exposure: procedure
    .input(z.object({ cursor: z.string().max(16).optional(), limit: z.number().int().min(1).max(200) }))
    .query(({ ctx, input }) => ctx.node.money.exposure(input.limit, input.cursor)),

  /** Statements that were made or confirmed here, newest first. */
  statements: procedure
    .input(
      z.object({
        /** The last one of the page before. */
        cursor: z.object({ createdAtMs: timeMs, hash: z.string().regex(/^[0-9a-f]{64}$/) }).optional(),
        limit: z.number().int().min(1).max(500),
      }),
    )
    .query(({ ctx, input }) => ctx.node.money.statements(input.limit, input.cursor)),

  /** A page of the ledger, newest first. */
  entries: procedure
    .input(
      z.object({
        beforeSeq: z.number().int().positive().optional(),
        limit: z.number().int().min(1).max(500),
      }),
    )
    .query(({ ctx, input }) =>
      ctx.node.ledger
        .entriesBefore(input.beforeSeq, input.limit)
        .map((entry) => ledgerEntryView(ctx.node.ledger, entry)),
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
        yield tracked(String(entry.seq), ledgerEntryView(ledger, entry))
      }
      for await (const batch of live) {
        for (const entry of batch) {
          if (entry.seq <= seen) continue // already replayed
          seen = entry.seq
          yield tracked(String(entry.seq), ledgerEntryView(ledger, entry))
        }
      }
    }),

  /** Writes what a requester owes for a time to a file that the operator chooses. */
  stateFile: procedure
    .input(z.object({ requester: z.string().max(128), fromMs: timeMs, toMs: timeMs }))
    .mutation(async ({ ctx, input: { requester, ...period }, signal }) => {
      const path = await ctx.shell.pickSaveTarget({
        purpose: 'saveStatement',
        suggestedName: `driad-${requester.slice(-8)}.statement.jsonl`,
      })
      if (path === null) return null
      await ctx.node.money.writeStatement(requester, period, path, { signal })
      return { path }
    }),

  /** Takes a requester's word that it has paid, out of a file that the operator chooses. */
  settleFile: procedure.mutation(async ({ ctx }) => {
    const path = await ctx.shell.pickFile({ purpose: 'openSettlement', extensions: ['json'] })
    return path === null ? null : await ctx.node.money.takeSettlement(path)
  }),

  /** In order; none where every entry is there. */
  gaps: procedure.query(({ ctx }): LedgerGapView[] =>
    ctx.node.ledger.gaps().map(({ from, to, notedAtMs }) => ({ from, to, notedAtMs })),
  ),

  verify: procedure.mutation(({ ctx }) => ctx.node.ledger.verify()),

  exportFile: procedure
    .input(z.object({ format: z.enum(['csv', 'jsonl', 'bundle']) }))
    .mutation(async ({ ctx, input, signal }) => {
      const path = await ctx.shell.pickSaveTarget({
        purpose: 'saveLedger',
        suggestedName: `driad-earnings.${extensions[input.format]}`,
      })
      if (path === null) return null
      await ctx.node.exportLedger(input.format, path, { signal })
      return { path }
    }),
})
