import type { GuestSignal } from '../../protocol/guest/pause-views.ts'
import type { GuestSignals, SignalReaders } from './contract.ts'

/** Reads what the rules want to know, all at once. What fails, takes too long or has no reader stays unknown. */
export async function readSignals(
  readers: SignalReaders,
  wanted: readonly GuestSignal[],
  init: {
    readonly programs: readonly string[]
    readonly timeoutMs: number
    readonly onFailure: (signal: GuestSignal, error: unknown) => void
  },
): Promise<GuestSignals> {
  const read = async <T>(signal: GuestSignal, reader: (() => T) | undefined) => {
    if (reader === undefined || !wanted.includes(signal)) return undefined
    try {
      return await within(init.timeoutMs, async () => await reader())
    } catch (error) {
      init.onFailure(signal, error)
      return undefined
    }
  }
  const { programs } = readers
  const [idleMs, power, running, fullScreen, othersPercent, celsius] = await Promise.all([
    read('idle', readers.idleMs),
    read('power', readers.power),
    read('programs', programs && (() => programs(init.programs))),
    read('fullScreen', readers.fullScreen),
    read('load', readers.othersPercent),
    read('temperature', readers.celsius),
  ])
  return { idleMs, power, programs: running, fullScreen, othersPercent, celsius }
}

async function within<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
  try {
    return await Promise.race([work(), late.promise])
  } finally {
    clearTimeout(timer)
  }
}
