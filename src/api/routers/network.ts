import { latest } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

const INTERVAL_MS = 500

export const networkRouter = router({
  /** From where others reach this node; null while it is off the network. */
  reachability: procedure.query(({ ctx }) => ctx.node.reachability() ?? null),

  onReachability: procedure.subscription(({ ctx, signal }) =>
    latest(
      () => ctx.node.reachability() ?? null,
      (listener) => ctx.node.onStatus(listener),
      INTERVAL_MS,
      signal,
    ),
  ),
})
