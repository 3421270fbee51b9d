import { DriadError } from '../../../protocol/errors.ts'
import type { TaskContext } from './operator-table.ts'

/** All messages go to the model. With a schema, decoding is constrained to JSON of it; what is not complete fails. */
export async function generation(context: TaskContext): Promise<string> {
  const { schema } = context.task
  const result = await context.generate(schema === undefined ? {} : { schema })
  if (schema) {
    try {
      JSON.parse(result.text)
    } catch (cause) {
      const limit = `(max_tokens is ${context.maxTokens})`
      const message =
        result.stopReason === 'length'
          ? `The JSON was not complete after ${result.completionTokens} tokens ${limit}; allow more, or ask for less`
          : 'The model did not answer with JSON'
      throw new DriadError('output_invalid', message, { cause })
    }
  }
  return result.text
}
