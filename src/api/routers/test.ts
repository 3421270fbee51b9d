import { z } from 'zod'
import type { TestRunEvent, WorkflowInspectionView } from '../../protocol/views.ts'
import { inspectWorkflow } from '../../protocol/workflow/parse.ts'
import { follow } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

/** More than a workflow may have, so that it is the engine that says so. */
const workflowText = z.string().max(4_000_000)
const path = z.string().min(1).max(4096)

const testRunInput = z
  .object({
    where: z.enum(['here', 'network']),
    model: z.string().min(1).max(128),
    prompt: z.string().max(1_000_000).optional(),
    workflowJson: workflowText.optional(),
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

  /** All that is wrong with a workflow, or odd, were it run on this node. */
  inspect: procedure
    .input(z.object({ workflowJson: workflowText }))
    .query(({ ctx, input }): WorkflowInspectionView => {
      const tools = ctx.node.tools.box.available()
      const { error, warnings } = inspectWorkflow(input.workflowJson, { tools })
      return {
        ...(error && { error: { code: error.code, message: error.message, issues: error.issues ?? [] } }),
        warnings,
      }
    }),

  gallery: procedure.query(({ ctx }) => ctx.workflowFiles.gallery()),
  openWorkflow: procedure.mutation(({ ctx }) => ctx.workflowFiles.open()),
  /** One that the system asked the program to open. */
  openGivenWorkflow: procedure
    .input(z.object({ path }))
    .mutation(({ ctx, input }) => ctx.workflowFiles.openGiven(input.path)),
  /** Without a path, which must be one that was opened or saved before, the operator is asked for one. */
  saveWorkflow: procedure
    .input(z.object({ text: workflowText, path: path.optional(), suggestedName: path.optional() }))
    .mutation(({ ctx, input }) => ctx.workflowFiles.save(input)),

  history: procedure.query(({ ctx }) => ctx.node.testHistory.list()),
  past: procedure
    .input(z.object({ id: z.string().max(64) }))
    .query(({ ctx, input }) => ctx.node.testHistory.get(input.id)),
  /** One run, or all of them. */
  forget: procedure
    .input(z.object({ id: z.string().max(64).optional() }))
    .mutation(({ ctx, input }) => ctx.node.testHistory.forget(input.id)),

  /** Runs a task; the last event is `ended`. Closing the subscription cancels the task. */
  run: procedure.input(testRunInput).subscription(async function* ({ ctx, input, signal }) {
    const ended = new AbortController()
    const cancelled = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal])
    let emit: (event: TestRunEvent) => void = () => undefined
    const events = follow<TestRunEvent>((listener) => {
      emit = listener
      return () => undefined
    }, cancelled)
    const run = ctx.node.testRun(input, { signal: cancelled, onEvent: emit })
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
