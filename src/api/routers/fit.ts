import { z } from 'zod'
import type { FitWish } from '../../node/models/fit/fit-view.ts'
import { USABLE_TOKENS_PER_SECOND } from '../../node/models/fit/recommend.ts'
import { CONTEXT_TOKENS } from '../../node/models/residency/load-plan.ts'
import { DriadError } from '../../protocol/errors.ts'
import type { FitFactsView } from '../../protocol/fit-views.ts'
import { kvTypes } from '../../protocol/model-fit/memory-plan.ts'
import { MAX_SLOTS } from '../../protocol/model-fit/most-that-fits.ts'
import { procedure, router } from '../trpc.ts'

const MAX_CONTEXT_TOKENS = 2 ** 24
const contextSize = z.int().min(1).max(MAX_CONTEXT_TOKENS)
const slots = z.int().min(1).max(MAX_SLOTS)
const wish = z.object({ contextSize, slots, kvType: z.enum(kvTypes).optional() })

function wishOf({ contextSize, slots, kvType }: z.output<typeof wish>): FitWish {
  return { contextSize, slots, ...(kvType !== undefined && { kvType }) }
}

/** Which models suit this computer, and with what settings. */
export const fitRouter = router({
  machine: procedure.query(({ ctx }) => ctx.node.fit.machine()),

  /** What fits of one of the node's models are worked out of: a window does that itself while a slider moves. */
  facts: procedure
    .input(z.object({ name: z.string().min(1).max(128) }))
    .query(async ({ ctx, input, signal }): Promise<FitFactsView> => {
      const local = ctx.node.models.list().find(({ name }) => name === input.name)
      if (local === undefined)
        throw new DriadError('model_not_found', `There is no model named ${input.name} here`)
      const facts = await ctx.node.fit.factsOf(local.path, signal === undefined ? {} : { signal })
      const { slots, memoryBudgetBytes } = ctx.node.settings.get()
      const contextSize = Math.min(CONTEXT_TOKENS, facts.model.contextLength ?? CONTEXT_TOKENS)
      const ramBytes = Math.min(facts.machine.ramBytes, memoryBudgetBytes || Number.POSITIVE_INFINITY)
      const machine = { ...facts.machine, ramBytes }
      return { ...facts, machine, automatic: { contextSize, slots, kvType: 'f16' } }
    }),

  /** Of a model that the node has, of one in the catalogue, or of any file. */
  of: procedure
    .input(
      wish.extend({
        model: z.union([
          z.object({ name: z.string().min(1).max(128) }),
          z.object({ path: z.string().min(1).max(4096) }),
        ]),
      }),
    )
    .query(({ ctx, input, signal }) => {
      const { model } = input
      const wanted = wishOf(input)
      const options = signal === undefined ? {} : { signal }
      if ('path' in model) return ctx.node.fit.ofFile(model.path, wanted, options)
      const local = ctx.node.models.list().find(({ name }) => name === model.name)
      if (local !== undefined) return ctx.node.fit.ofFile(local.path, wanted, options)
      const candidate = ctx.node.fit.candidate(model.name)
      if (candidate !== undefined) return ctx.node.fit.of(candidate, wanted)
      throw new DriadError(
        'model_not_found',
        `There is no model named ${model.name}, here or in the catalogue`,
      )
    }),

  /** Of all that the node has, and of all in the catalogue, for lists. */
  local: procedure.input(wish).query(({ ctx, input }) => ctx.node.fit.ofLocal(wishOf(input))),
  catalogue: procedure.input(wish).query(({ ctx, input }) => ctx.node.fit.ofCatalogue(wishOf(input))),

  recommend: procedure
    .input(
      z.object({
        slots: slots.optional(),
        contextSize: contextSize.optional(),
        atLeastTokensPerSecond: z.number().min(0).max(1e6).optional(),
        group: z.string().min(1).max(64).optional(),
      }),
    )
    .query(({ ctx, input }) =>
      ctx.node.fit.recommend({
        slots: input.slots ?? ctx.node.settings.get().slots,
        contextSize: input.contextSize ?? CONTEXT_TOKENS,
        atLeastTokensPerSecond: input.atLeastTokensPerSecond ?? USABLE_TOKENS_PER_SECOND,
        ...(input.group !== undefined && { group: input.group }),
      }),
    ),
})
