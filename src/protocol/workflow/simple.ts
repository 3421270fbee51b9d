import { DEFAULT_MAX_TOKENS } from './limits.ts'
import type { WorkflowFile } from './schema.ts'

export interface SimpleWorkflow {
  readonly prompt: string
  /** Tokens of the answer; 512 where absent. */
  readonly maxTokens?: number
  readonly system?: string
  /** JSON Schema that the answer must fit. */
  readonly schema?: Readonly<Record<string, unknown>>
}

/** Seconds that one answer may take, on the slowest computer that is worth asking. */
const MAX_TIME_SECONDS = 600

/** One prompt and its answer as a workflow, in the form that the Dria v1 tools write. */
export function simpleWorkflow(simple: SimpleWorkflow): WorkflowFile {
  return {
    config: { max_steps: 5, max_time: MAX_TIME_SECONDS, max_tokens: simple.maxTokens ?? DEFAULT_MAX_TOKENS },
    tasks: [
      {
        id: '0',
        operator: 'generation',
        messages: [
          ...(simple.system === undefined ? [] : [{ role: 'system' as const, content: simple.system }]),
          { role: 'user', content: simple.prompt },
        ],
        ...(simple.schema === undefined ? {} : { schema: { ...simple.schema } }),
        outputs: [{ type: 'write', key: 'response', value: '__result' }],
      },
      { id: '_end', operator: 'end', messages: [{ role: 'user', content: '' }] },
    ],
    steps: [{ source: '0', target: '_end' }],
    return_value: { input: { type: 'read', key: 'response' } },
  }
}
