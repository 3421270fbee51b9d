import { z } from 'zod'
import { simpleWorkflow } from '../../protocol/workflow/simple.ts'
import { filled, whole } from './fields.ts'
import { isZodSchema, jsonSchemaOf } from './json-schema-of.ts'
import { defineSingleton } from './singleton.ts'

const input = z.object({
  prompt: filled('What the model is asked'),
  system: z.string().describe('What it is told before').optional(),
  maxTokens: whole(1, 16_384, 'Tokens of the answer; 512 where absent').optional(),
  schema: z
    .custom<z.ZodType | Readonly<Record<string, unknown>>>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      'a zod schema or a JSON Schema',
    )
    .describe('The answer is then always JSON of it')
    .optional(),
})

/** The simplest of all workflows: one prompt, one answer, as it is. */
export const Simple = defineSingleton({
  name: 'Simple',
  input,
  output: z.string().describe('The answer'),
  workflow: ({ prompt, system, maxTokens, schema }) =>
    simpleWorkflow({
      prompt,
      ...(system !== undefined && { system }),
      ...(maxTokens !== undefined && { maxTokens }),
      ...(schema && { schema: isZodSchema(schema) ? jsonSchemaOf(schema) : schema }),
    }),
  parse: (text) => text,
})
