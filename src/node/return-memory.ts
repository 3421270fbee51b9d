import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void

let collect: Collect | undefined

/**
 * Gives back what V8 holds of what is over: lists of a model's tokens, buffers, and pages kept for growing again. A collection
 * of its own accord may be hours away in a process that has nothing to do. Takes 20 to 60 ms, in which nothing else runs.
 */
export async function returnMemory(): Promise<void> {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as Collect
  }
  const all = { type: 'major', execution: 'sync', flavor: 'last-resort' } as const
  collect(all)
  // What finalizers let go of then is free only in the next round, and they run in a turn of their own.
  await setTimeout(1)
  collect(all)
}
