import { latest } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

const INTERVAL_MS = 500
/** What peers tell of the clock, or a relay of its places, changes without a connection: it is looked at so often. */
const LOOK_MS = 5_000

export const networkRouter = router({
  /** From where others reach this node; null while it is off the network. */
  reachability: procedure.query(({ ctx }) => ctx.node.reachability() ?? null),

  onReachability: procedure.subscription(({ ctx, signal }) =>
    latest(
      () => ctx.node.reachability() ?? null,
      (listener) => {
        const unsubscribe = ctx.node.onStatus(listener)
        const timer = setInterval(listener, LOOK_MS)
        return () => {
          unsubscribe()
          clearInterval(timer)
        }
      },
      INTERVAL_MS,
      signal,
    ),
  ),

  /** Connected peers, the longest connected first. */
  peers: procedure.query(({ ctx }) => ctx.node.network()?.peers() ?? []),
  /** Bytes in and out; null while it is off the network. */
  traffic: procedure.query(({ ctx }) => ctx.node.network()?.traffic() ?? null),
  /** The models whose offers it listens for. */
  topics: procedure.query(({ ctx }) => ctx.node.network()?.topics() ?? []),
})
