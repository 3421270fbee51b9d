import { z } from 'zod'
import { DEFAULT_MISDEEDS, peerStanding, setPeerRule } from '../../node/network/peer-standing.ts'
import { procedure, router } from '../trpc.ts'

const verdict = z.enum(['allowed', 'denied', 'neither'])

/** Whom the operator lets in and keeps out, and what peers did wrong. */
export const peersRouter = router({
  /** All that is known of one peer, connected or not. */
  detail: procedure
    .input(z.object({ peerId: z.string().min(1).max(128) }))
    .query(({ ctx, input }) => ctx.node.peerDetail(input.peerId)),

  standing: procedure
    .input(z.object({ misdeeds: z.int().min(0).max(1_000).default(DEFAULT_MISDEEDS) }).prefault({}))
    .query(({ ctx, input }) => peerStanding(ctx.node.settings, ctx.node.peerRecords, input.misdeeds)),

  /** Holds at once; what the subject is, is checked by the settings themselves. */
  setRule: procedure
    .input(z.object({ subject: z.string().max(128), verdict }))
    .mutation(async ({ ctx, input }) => {
      await setPeerRule(ctx.node.settings, input.subject, input.verdict)
      return peerStanding(ctx.node.settings, ctx.node.peerRecords)
    }),
})
