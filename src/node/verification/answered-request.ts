import { DriadError } from '../../protocol/errors.ts'
import type { GenerateRequest } from '../inference/contract.ts'
import type { WorkflowRun } from '../workflow/contract.ts'
import { runWorkflow } from '../workflow/run-workflow.ts'

/** What a generation is asked, but for the model. */
export type AskedRequest = Omit<GenerateRequest, 'model' | 'functions'>

export type AnsweredRun = Pick<WorkflowRun, 'workflow' | 'input' | 'sampling'> & { readonly result: string }

/**
 * The one request whose answer a run's result is, as it is. Undefined for a workflow of several generations, of calls, or
 * one that changes the answer: nothing is known of those but the end. Rejects with the signal's reason.
 */
export async function answeredRequest(
  { result, ...run }: AnsweredRun,
  { signal }: { signal: AbortSignal },
): Promise<AskedRequest | undefined> {
  const { returnValue } = run.workflow
  if (returnValue.postProcess.length > 0 || returnValue.isList) return undefined
  let asked: Omit<GenerateRequest, 'model'> | undefined
  try {
    const outcome = await runWorkflow({
      ...run,
      signal,
      generate: async (request) => {
        if (asked !== undefined) throw new DriadError('cancelled', 'There is more than one generation')
        asked = request
        return { text: result, promptTokens: 0, completionTokens: 0, stopReason: 'stop', totalMs: 0 }
      },
    })
    if (outcome.result !== result || asked === undefined || asked.functions !== undefined) return undefined
    const { functions: _, ...request } = asked
    return request
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof DriadError) return undefined
    throw error
  }
}
