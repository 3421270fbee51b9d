import { z } from 'zod'
import { DriadError } from '../../protocol/errors.ts'
import type { TestRunEvent } from '../../protocol/views.ts'
import { follow } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

const testRunInput = z
  .object({
    where: z.enum(['here', 'network']),
    model: z.string().min(1).max(128),
    prompt: z.string().max(1_000_000).optional(),
    workflowJson: z.string().max(4_000_000).optional(),
    input: z.string().max(1_000_000).optional(),
    temperature: z.number().min(0).max(2).optional(),
    seed: z.number().int().min(0).max(0xffff_ffff).optional(),
    maxTokens: z.number().int().min(1).max(100_000).optional(),
  })
  .refine((run) => (run.prompt === undefined) !== (run.workflowJson === undefined), {
    message: 'exactly one of prompt and workflowJson',
  })

export const testRouter = router({
  models: procedure.query(({ ctx, signal }) => ctx.node.testModels({ signal })),

  /** Runs a task; the last event is `ended`. Closing the subscription cancels the task. */
  run: procedure.input(testRunInput).subscription(async function* ({ ctx, input, signal }) {
    const ended = new AbortController()
    const cancelled = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal])
    let emit: (event: TestRunEvent) => void = () => undefined
    const events = follow<TestRunEvent>((listener) => {
      emit = listener
      return () => undefined
    }, cancelled)
    const run = ctx.node.testRun(input, { signal: cancelled, onEvent: emit }).catch((cause: unknown) => {
      const error = DriadError.from(cause)
      emit({
        type: 'ended',
        ok: false,
        error: { code: error.code, message: error.message, issues: error.issues },
      })
    })
    try {
      for await (const batch of events) {
        for (const event of batch) {
          yield event
          if (event.type === 'ended') return
        }
      }
    } finally {
      ended.abort()
      await run
    }
  }),
})
