import { z } from 'zod'
import type { BenchmarkView } from '../../protocol/benchmark-views.ts'
import type { ReferenceMachine } from '../../protocol/compare-benchmark.ts'
import { procedure, router } from '../trpc.ts'

export const benchmarksRouter = router({
  /** What each model came to the last time, by name. New ones are told by `models.onChange`. */
  list: procedure.query(({ ctx }): { name: string; benchmark: BenchmarkView }[] =>
    ctx.node.models
      .list()
      .flatMap(({ name, benchmark }) => (benchmark === undefined ? [] : [{ name, benchmark }])),
  ),
  /** Machines that others know, to compare with. */
  references: procedure.query(
    ({ ctx }): readonly ReferenceMachine[] => ctx.node.catalogue.current().referenceMachines,
  ),
  run: procedure
    .input(z.object({ name: z.string().min(1).max(128) }))
    .mutation(({ ctx, input, signal }) =>
      ctx.node.models.benchmark(input.name, signal === undefined ? {} : { signal }),
    ),
})
