import { z } from 'zod'
import { kvTypes } from '../../protocol/model-fit/memory-plan.ts'
import { latest } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

const CHANGE_INTERVAL_MS = 250
const SPEED_INTERVAL_MS = 500
const byName = z.object({ name: z.string().min(1).max(128) })
const microAmount = z
  .string()
  .regex(/^\d{1,18}$/, 'a whole number of micro-credits')
  .transform(BigInt)

export const modelsRouter = router({
  list: procedure.query(({ ctx }) => ctx.node.models.list()),

  onChange: procedure.subscription(({ ctx, signal }) =>
    latest(
      () => ctx.node.models.list(),
      (listener) => ctx.node.models.onChange(listener),
      CHANGE_INTERVAL_MS,
      signal,
    ),
  ),

  speeds: procedure.query(({ ctx }) => ctx.node.models.speeds()),

  /** How fast models write right now: once a second while any does. */
  onSpeeds: procedure.subscription(({ ctx, signal }) =>
    latest(
      () => ctx.node.models.speeds(),
      (listener) => ctx.node.models.onSpeeds(listener),
      SPEED_INTERVAL_MS,
      signal,
    ),
  ),

  pickFile: procedure.mutation(({ ctx }) =>
    ctx.shell.pickFile({ purpose: 'openModel', extensions: ['gguf'] }),
  ),
  add: procedure
    .input(z.object({ path: z.string().min(1).max(4096), name: z.string().min(1).max(128).optional() }))
    .mutation(async ({ ctx, input }) => {
      await ctx.node.models.add(input)
    }),
  /** Another file under the same name, in place of one that is gone. */
  moveTo: procedure
    .input(byName.extend({ path: z.string().min(1).max(4096) }))
    .mutation(async ({ ctx, input }) => {
      await ctx.node.models.moveTo(input.name, input.path)
    }),
  load: procedure.input(byName).mutation(async ({ ctx, input }) => {
    await ctx.node.models.load(input.name)
  }),
  unload: procedure.input(byName).mutation(async ({ ctx, input }) => {
    await ctx.node.models.unload(input.name)
  }),
  setWish: procedure
    .input(
      byName.extend({
        preload: z.boolean().optional(),
        slots: z.int().nullable().optional(),
        contextSize: z.int().nullable().optional(),
        kvType: z.enum(kvTypes).nullable().optional(),
        draftPath: z.string().min(1).max(4096).nullable().optional(),
      }),
    )
    .mutation(async ({ ctx, input: { name, ...patch } }) => {
      await ctx.node.models.setWish(name, patch)
    }),
  /** Gives it the settings' price again. */
  clearPrice: procedure
    .input(byName)
    .mutation(async ({ ctx, input }) => ctx.node.models.setPrice(input.name, null)),
  setPrice: procedure
    .input(byName.extend({ promptMicroPer1k: microAmount, completionMicroPer1k: microAmount }))
    .mutation(async ({ ctx, input: { name, ...price } }) => {
      await ctx.node.models.setPrice(name, price)
    }),
})
