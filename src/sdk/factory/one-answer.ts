import type { z } from 'zod'
import type { WorkflowFile } from '../../protocol/workflow/schema.ts'
import type { ExternalMemory } from '../builder/external-memory.ts'
import type { JsonSchema } from '../builder/file-parts.ts'
import { Write } from '../builder/memory-outputs.ts'
import { WorkflowBuilder } from '../builder/workflow-builder.ts'
import { ANSWER_SECONDS } from './limits.ts'

export interface OneAnswer {
  readonly name: string
  /** What the prompt's `{{placeholders}}` stand for. */
  readonly memory: ExternalMemory
  readonly prompt: string
  readonly system?: string
  readonly schema?: z.ZodType | JsonSchema
  readonly maxTokens: number
  readonly temperature?: number
}

/** The workflow of one prompt and one answer, which is the result. */
export function oneAnswer(init: OneAnswer): WorkflowFile {
  const { name, memory, prompt, system, schema, maxTokens, temperature } = init
  const builder = new WorkflowBuilder(memory, { name })
    .generativeStep({
      prompt,
      ...(system !== undefined && { messages: [{ role: 'system', content: system }] }),
      ...(schema && { schema }),
      outputs: [Write.new('response')],
    })
    .setMaxSteps(2)
    .setMaxTime(ANSWER_SECONDS)
    .setMaxTokens(maxTokens)
    .setReturnValue('response')
  if (temperature !== undefined) builder.setTemperature(temperature)
  return builder.build()
}
