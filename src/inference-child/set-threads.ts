import type { LlamaContext } from 'node-llama-cpp'

/** What is reached for inside of node-llama-cpp 3.22.1; looked at before each use, so a change costs this feature only. */
interface ContextInternals {
  _idealThreads?: number
  _minThreads?: number
  _threadSplitterConsumer?: unknown
  _freeReservedThreads?: () => void
  _reserveThreads?: () => void
}

/** Changes how many threads a context uses, from its next batch on. Returns whether it could. */
export function setThreads(context: LlamaContext, threads: number): boolean {
  const internals = context as unknown as ContextInternals
  const { _freeReservedThreads: free, _reserveThreads: reserve } = internals
  if (internals._idealThreads === undefined || free === undefined || reserve === undefined) return false
  internals._idealThreads = threads
  internals._minThreads = Math.min(internals._minThreads ?? 1, threads)
  // While it works it keeps what it was given, for as long as there is more to do.
  if (internals._threadSplitterConsumer !== undefined) {
    free.call(context)
    reserve.call(context)
  }
  return true
}
