import type { InferenceEngine } from '../../inference/contract.ts'
import type { LiveSpeeds } from '../live-speeds.ts'
import type { Residency } from './residency.ts'

/**
 * An engine whose models are loaded when they are asked for, and whose speeds are counted. `known` tells which models it
 * is about.
 */
export function residentEngine(
  engine: Pick<InferenceEngine, 'generate' | 'embed' | 'score'>,
  residency: Pick<Residency, 'use'>,
  speeds: Pick<LiveSpeeds, 'counted'>,
  known: (model: string) => boolean,
): Pick<InferenceEngine, 'generate' | 'embed' | 'score'> {
  const using = <T>(model: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> =>
    known(model) ? residency.use(model, work, signal === undefined ? {} : { signal }) : work()
  return {
    generate: (request, options = {}) =>
      using(request.model, options.signal, () =>
        speeds.counted(request.model, options, (counting) => engine.generate(request, counting)),
      ),
    embed: (request, options = {}) =>
      using(request.model, options.signal, () => engine.embed(request, options)),
    score: (request, options = {}) =>
      using(request.model, options.signal, () => engine.score(request, options)),
  }
}
