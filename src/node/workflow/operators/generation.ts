import { DriadError } from '../../../protocol/errors.ts'
import { mismatch } from '../../../protocol/workflow/match-schema.ts'
import type { GenerateResult } from '../../inference/contract.ts'
import type { TaskContext } from './operator-table.ts'

/** All messages go to the model; with a schema the result is JSON of it, or the task fails with `output_invalid`. */
export async function generation(context: TaskContext): Promise<string> {
  const { schema } = context.task
  const result = await context.generate(schema)
  if (schema) assertFits(result, schema, context.maxTokens)
  return result.text
}

/** Decoding is constrained, but it can run out of tokens, and no grammar expresses every rule of a schema. */
function assertFits(
  result: GenerateResult,
  schema: Readonly<Record<string, unknown>>,
  maxTokens: number,
): void {
  let value: unknown
  try {
    value = JSON.parse(result.text)
  } catch (cause) {
    const message =
      result.stopReason === 'length'
        ? `The JSON was not complete after ${result.completionTokens} tokens (max_tokens is ${maxTokens}); allow more, or bound the schema's strings and lists`
        : 'The model did not answer with JSON'
    throw new DriadError('output_invalid', message, { cause })
  }
  const wrong = mismatch(schema, value)
  if (wrong !== undefined) {
    throw new DriadError('output_invalid', `The model's JSON does not fit its schema: ${wrong}`)
  }
}
