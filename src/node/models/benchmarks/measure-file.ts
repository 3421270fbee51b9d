import type { BenchmarkView } from '../../../protocol/benchmark-views.ts'
import { compareBenchmark, type ReferenceMachine } from '../../../protocol/compare-benchmark.ts'
import { DriadError } from '../../../protocol/errors.ts'
import { inspectGguf } from '../../../protocol/gguf/inspect-gguf.ts'
import type { ChildLauncher } from '../../inference/contract.ts'
import { createInferenceSupervisor } from '../../inference/supervisor.ts'
import type { Logger } from '../../logs/contract.ts'
import type { Store } from '../../store/contract.ts'
import { ModelRows } from '../model-rows.ts'
import { weightsDigest } from '../weights-digest.ts'
import { BenchmarkRows } from './benchmark-rows.ts'
import { benchmarkOf } from './benchmarks.ts'

export interface MeasureFile {
  readonly name: string
  readonly path: string
  readonly slots: number
  /** Tokens per sequence, at most. */
  readonly contextSize: number
  readonly gpu: 'auto' | 'off'
  readonly references?: readonly ReferenceMachine[]
}

/**
 * Measures a model file on a child of its own, and remembers it in `store`, where there is one. Throws what loading
 * throws, or the signal's reason.
 */
export async function measureFile(
  components: { readonly launchInference: ChildLauncher; readonly store?: Store; readonly logger: Logger },
  { references = [], ...file }: MeasureFile,
  options: { signal?: AbortSignal } = {},
): Promise<BenchmarkView> {
  const { launchInference, store, logger } = components
  const { weights } = await inspectGguf(file.path, options)
  const engine = createInferenceSupervisor({
    launch: launchInference,
    logger: logger.scope('inference'),
  })
  let view: BenchmarkView
  try {
    await engine.load(file, options)
    const figures = await engine.benchmark(file.name, options)
    const model = engine.model(file.name)
    if (model?.state !== 'ready') {
      throw new DriadError('inference_crashed', `${file.name} did not survive being measured`)
    }
    view = benchmarkOf(model.loaded, figures)
  } finally {
    await engine.stop()
  }
  if (store !== undefined) {
    const digest = await weightsDigest(file.path, new ModelRows(store), options)
    await new BenchmarkRows(store).put(digest, view)
  }
  const comparison = compareBenchmark({ ...view, weightsBytes: weights.all }, references)
  return { ...view, ...(comparison !== undefined && { comparison }) }
}
